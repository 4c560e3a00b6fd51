package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.JobException;
import org.junit.jupiter.api.Test;

class ModuleNamesTest {

    private static final String MODULE = "bert.encoder.layer.11.attention.self.query";

    @Test
    void patternsMeanWhatTheyMeanInPeft() {
        assertTrue(ModuleNames.endsWith(MODULE, "self.query"));
        assertFalse(ModuleNames.endsWith(MODULE, "uery"));
        assertTrue(ModuleNames.matches(MODULE, ".*layer\\.1\\d\\..*query"));
        assertFalse(ModuleNames.matches(MODULE, "query"));
        assertTrue(ModuleNames.matchesKey(MODULE, "query"));
        assertTrue(ModuleNames.matchesKey(MODULE, "layer.\\d+.attention.self.query"));
    }

    @Test
    void anExpressionThatWouldTryForEverIsStopped() {
        JobException stopped =
                assertThrows(JobException.class, () -> ModuleNames.matches(MODULE, ".*.*.*.*.*.*.*.*.*.*.*.*.*!"));
        assertTrue(String.valueOf(stopped.getMessage()).contains("takes too long to match " + MODULE));
    }
}
