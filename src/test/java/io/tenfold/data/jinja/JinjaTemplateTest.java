package io.tenfold.data.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Jinja 3.1 gives, by its own documentation, and what a hostile template gets. */
class JinjaTemplateTest {

    private static final Map<String, Object> VARIABLES = Map.of(
            "list",
            List.of(1L, 2L, 3L),
            "text",
            " aB\u00e9\ud83d\ude42 ",
            "map",
            Map.of("items", "own", "a", 1L),
            "none",
            None.NONE);

    private static String render(String template) {
        return JinjaTemplate.parse(template).render(VARIABLES).text();
    }

    private static TemplateException refused(String template) {
        return assertThrows(TemplateException.class, () -> render(template));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '\u00a6',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{{ 1 + 2 * 3 ** 2 // 4 % 3 }}\u00a62",
                "{{ 7 / 2 }} {{ -7 // 2 }} {{ -7 % 3 }}\u00a63.5 -4 2",
                "{{ 1 == 1.0 }} {{ true + 1 }} {{ none is none }} {{ nothing }}\u00a6True 2 True ",
                "{{ [1, 'a', none, true, 1.0] }} {{ (1,) }} {{ {'a': \"it's\"} }}\u00a6[1, 'a', None, True, 1.0] (1,) {'a': \"it's\"}",
                "{{ list[::-1] }} {{ list[1:] }} {{ list[-1] }} {{ text[2:4] }}\u00a6[3, 2, 1] [2, 3] 3 B\u00e9",
                "{{ text | length }} {{ text | trim | upper }}\u00a66 AB\u00c9\ud83d\ude42",
                "{{ 'a' ~ 1 + 2 if false else 'no' }}\u00a6no",
                "{{ 'a' + 'b' | upper }} {{ not true or true }} {{ 1 < 2 < 3 }}\u00a6aB True True",
                "{{ map['items'] }} {{ map.get('b', 'c') }} {{ 'a' in map }} {{ map.items() | list | length }}\u00a6own c True 2",
                "{% for a in list if a > 1 %}{{ loop.index }}{{ a }}{{ ',' if not loop.last }}{% endfor %}\u00a612,23",
                "{% set x = 1 %}{% for a in list %}{% set x = a %}{% endfor %}{{ x }}\u00a61",
                "{% set n = namespace(x=1) %}{% for a in list %}{% set n.x = a %}{% endfor %}{{ n.x }}\u00a63",
                "{% if list | select('gt', 9) %}always{% endif %}\u00a6always",
                "{% macro m(a, b='y') %}{{ a }}{{ b }}{{ caller() if caller }}{% endmacro %}{{ m(1) }}{% call m(2, b=3) %}!{% endcall %}\u00a61y23!",
                "{{ {'b': '<\u00fc>', 'a': [1.0, none]} | tojson }}\u00a6{\"b\": \"<\u00fc>\", \"a\": [1.0, null]}",
                "{% raw %}{{ a }}{% endraw %}{# gone #}{{ '%}' }}\u00a6{{ a }}%}",
                "{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'abc'.startswith(('x', 'a')) }}\u00a6['a', 'b', '', 'c'] ['a', 'b'] True",
                "{{ '\\x41\\n\\u00e9\\q' | replace('\\n', '-') }}\u00a6A-\u00e9\\q",
                "{{ 1e16 }} {{ 1e-5 }} {{ 0.1 + 0.2 }} {{ 100000.0 }}\u00a61e+16 1e-05 0.30000000000000004 100000.0",
                "{{ nothing | default('d') }} {{ '' | default('d', true) }} {{ list | map('string') | join('-') }}\u00a6d d 1-2-3"
            })
    void printsWhatJinjaPrints(String template, String expected) {
        assertEquals(expected, render(template));
    }

    @Test
    void whiteSpaceGoesAsInJinja() {
        assertEquals("a\n b\nc", render("a\n  {% if true %}\n b\n  {% endif %}\nc\n"));
        assertEquals("ab", render("a  {%- if true -%}  b {%- endif %}"));
        assertEquals("  x\n", render("  {%+ if true %}x\n{% endif %}\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.__class__.__mro__ }}",
                "{{ ''.getClass() }}",
                "{{ list.getClass().forName('java.lang.Runtime') }}",
                "{{ map.class.name }}",
                "{{ list.append(4) }}",
                "{{ map.update({}) }}",
                "{{ namespace.call }}{{ namespace.call() }}"
            })
    void nothingIsThereToBreakOutTo(String template) {
        assertEquals(TemplateException.Kind.FAILED, refused(template).kind());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
                "{{ 'x' * 100000000 }}",
                "{% set n = namespace(t='xxxxxxxx') %}{% for a in range(99) %}{% set n.t = n.t + n.t %}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% set n = namespace(t=[]) %}{% for a in range(99999) %}{% set n.t = [n.t] %}{% endfor %}{{ n.t }}",
                "{{ range(1000000000) }}"
            })
    void workSizeAndDepthAreBounded(String template) {
        TemplateException refused = assertTimeoutPreemptively(Duration.ofSeconds(30), () -> refused(template));
        assertEquals(TemplateException.Kind.LIMIT, refused.kind());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '\u00a6',
            value = {
                "a\\n{% for x of y %}\u00a62",
                "{{ 1 + }}\u00a61",
                "\\n\\n{% if a %}\u00a63",
                "{{ a | nofilter }}\u00a61",
                "{% include 'x' %}\u00a61",
                "{{ 'a }}\u00a61",
                "{# a\u00a61"
            })
    void whatIsNoTemplateIsRefusedWithItsLine(String template, int line) {
        TemplateException refused = refused(template.replace("\\n", "\n"));
        assertEquals(TemplateException.Kind.TEMPLATE, refused.kind());
        assertEquals(line, refused.line());
    }

    @Test
    void itsOwnRefusalIsToldInItsOwnWordsWithTheLine() {
        TemplateException refused = refused("a\n{{ raise_exception('roles must ' + 'alternate') }}");
        assertEquals(TemplateException.Kind.RAISED, refused.kind());
        assertEquals("roles must alternate", refused.getMessage());
        assertEquals(2, refused.line());
    }

    @Property(tries = 1000)
    void anyTextIsRenderedOrRefused(@ForAll @StringLength(max = 60) String noise) {
        for (String template :
                List.of(noise, "{{" + noise + "}}", "{% if " + noise + " %}x{% endif %}", "{{ '" + noise + "' }}")) {
            try {
                render(template);
            } catch (TemplateException e) {
                assertTrue(e.getMessage() != null && !e.getMessage().isEmpty());
            }
        }
    }
}
