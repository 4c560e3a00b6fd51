package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.JobException;
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
        assertTrue(ModuleNames.matches(MODULE, ".*layer\\.1\\d\\..*query", "method.trainable"));
        assertFalse(ModuleNames.matches(MODULE, "query", "method.trainable"));
        assertTrue(ModuleNames.matchesKey(MODULE, "query"));
        assertTrue(ModuleNames.matchesKey(MODULE, "layer.\\d+.attention.self.query"));
    }

    @Test
    void anExpressionThatWouldTryForEverIsStopped() {
        JobException stopped = assertThrows(
                JobException.class,
                () -> ModuleNames.matches(MODULE, ".*.*.*.*.*.*.*.*.*.*.*.*.*!", "method.trainable"));
        assertTrue(String.valueOf(stopped.getMessage()).contains("takes too long to match " + MODULE));
        assertEquals("method.trainable", stopped.error().param());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ';',
            value = {
                "( ; 100000 ; it has 100000 characters; give at most 500",
                "() ; 400 ; it has 800 characters",
                "(){2147483647} ; 1 ; it repeats more than 100 times",
                "((((x){9}){9}){9}){9} ; 1 ; it repeats more than 100 times",
                "x{101,} ; 1 ; it repeats more than 100 times",
                "(|) ; 60 ; it has an empty group or choice",
                "(?x)(){1 0 0 0} ; 1 ; it has an empty group or choice, or a flag",
                "(?x)y ; 1 ; or a flag",
                "(x{0}|y{0}) ; 40 ; it has an empty group",
                "(x?|y?) ; 60 ; it has too many choices that may be empty",
                "(x?)? ; 60 ; it has too many choices",
                "(^|^) ; 60 ; it has too many choices"
            })
    void anExpressionThatNoReadingBoundsIsRefused(String part, int times, String problem) {
        String found = ModuleNames.problem(part.repeat(times));
        assertTrue(found.contains(problem), found);
    }

    /** What stays allowed ends: it matches, or it is stopped by its readings. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                ".*layer\\.(8|9|10|11)\\.attention\\.self\\.(query|key|value)$",
                "^(?!.*layer\\.0\\.).*(query|value)",
                "(.*\\.)?encoder\\.layer\\.\\d{1,2}\\.(attention\\.self\\.query|output.*)",
                ".*(x?|y?)(x?|y?)(x?|y?)(x?|y?)(x?|y?)(x?|y?)(x?|y?)(x?|y?)!",
                ".*((((((((x?)?)?)?)?)?)?)?)?!",
                "((a|b|c|d|e|[a-z.0-9_])+)+!",
                ".{0,9}.{0,9}!"
            })
    void whatIsAllowedEnds(String expression) {
        assertEquals("", ModuleNames.problem(expression));
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            try {
                ModuleNames.matches(MODULE, expression, "method.trainable");
            } catch (JobException e) {
                assertTrue(String.valueOf(e.getMessage()).contains("takes too long"));
            }
        });
    }
}
