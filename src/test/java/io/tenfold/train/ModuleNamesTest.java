package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModuleNamesTest {

    private static final String MODULE = "bert.encoder.layer.11.attention.self.query";

    @Test
    void patternsMeanWhatTheyMeanInPeft() {
        assertTrue(ModuleNames.endsWith(MODULE, "self.query"));
        assertFalse(ModuleNames.endsWith(MODULE, "uery"));
        assertTrue(ModuleNames.matches(MODULE, ".*layer\\.1\\d\\..*query"));
        assertTrue(ModuleNames.matches(MODULE, ".*layer\\.(8|9|10|11)\\.attention\\.self\\.(query|key|value)$"));
        assertTrue(ModuleNames.matches(MODULE, "(?i).*LAYER\\.11.*(|query)"));
        assertFalse(ModuleNames.matches(MODULE, "query"));
        assertTrue(ModuleNames.matchesKey(MODULE, "query"));
        assertTrue(ModuleNames.matchesKey(MODULE, "layer.\\d+.attention.self.query"));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ';',
            value = {
                "( ; 100000 ; it has 100000 characters; give at most 500",
                "( ; 400 ; missing closing )",
                "(){2147483647} ; 1 ; its counts repeat more than 1000 times",
                "((x){100}){11} ; 1 ; its counts repeat more than 1000 times",
                "((x){0,100}){11,} ; 1 ; its counts repeat more than 1000 times",
                "^(?!.*layer).*query ; 1 ; without look-around",
                "{text} ; 1 ; it has a brace that is no count",
                "query[ ; 1 ; missing closing ]"
            })
    void anExpressionThatCannotBeReadIsToldWithTheWayOut(String part, int times, String problem) {
        String found = ModuleNames.problem(part.repeat(times));
        assertTrue(found.contains(problem), found);
        assertTrue(found.contains("name the modules in a list"), found);
    }

    /** What other engines try for ever. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                ".*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*!",
                "((a|b|c|d|e|[a-z.0-9_])+)+!",
                "(.*x?)*(y?)*(x?|y?)*!",
                "((((((x?){9})?){9})?){9})?!",
                "(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)!",
                "((.{0,10}){0,10}){0,10}!"
            })
    void whatIsAllowedEndsAtOnce(String expression) {
        assertEquals("", ModuleNames.problem(expression));
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> assertFalse(ModuleNames.matches(MODULE, expression)));
    }
}
