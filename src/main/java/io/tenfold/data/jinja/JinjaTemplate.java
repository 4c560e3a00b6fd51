package io.tenfold.data.jinja;

import java.util.List;
import java.util.Map;

/** A template that was read. Safe for several threads. */
public final class JinjaTemplate {

    /** A template of more characters is refused; the longest in use has some tens of thousands. */
    private static final int MOST = 1 << 20;

    private final List<Statement> statements;

    private JinjaTemplate(List<Statement> statements) {
        this.statements = statements;
    }

    /**
     * Reads a template.
     *
     * @throws TemplateException with the line, for what is not Jinja, or not supported
     */
    public static JinjaTemplate parse(String template) {
        if (template.length() > MOST) {
            throw TemplateException.template("the template has more than %d characters".formatted(MOST), 1);
        }
        return new JinjaTemplate(TemplateParser.parse(template));
    }

    /** A part of a rendered text, in chars, the end exclusive. */
    public record Span(int start, int end) {}

    /**
     * What a template made.
     *
     * @param generated what stood in {@code {% generation %}}
     * @param hidden whether some of that is not among them, because it was made inside a macro or another block
     */
    public record Rendered(String text, List<Span> generated, boolean hidden) {
        public Rendered {
            generated = List.copyOf(generated);
        }
    }

    /**
     * Renders the template.
     *
     * @param variables texts, {@link Boolean}, {@link Long}, {@link java.math.BigInteger}, {@link Double}, {@link
     *     None#NONE}, lists and maps of such, {@link Function}s
     * @throws TemplateException with the line
     */
    public Rendered render(Map<String, Object> variables) {
        return new Renderer().render(statements, variables);
    }

    /** The failure of a function that was given what it can't do. */
    public static TemplateException unsupported(String what) {
        return TemplateException.unsupported(what);
    }
}
