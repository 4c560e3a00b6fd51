package io.tenfold.jobstate;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsCheckTest {

    private static SettingsCheck with(Map<String, String> settings) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withMapping(LeaseConfig.class)
                .withMapping(RetentionConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build();
        return new SettingsCheck(
                config.getConfigMapping(LeaseConfig.class), config.getConfigMapping(RetentionConfig.class));
    }

    @Test
    void theDefaultsMakeSense() {
        assertDoesNotThrow(() -> with(Map.of()).check());
        assertDoesNotThrow(() -> with(Map.of("tenfold.retention.jobs", "PT12H")).check());
    }

    @ParameterizedTest
    @CsvSource({
        "tenfold.retention.jobs,PT0S",
        "tenfold.retention.jobs,-P1D",
        "tenfold.retention.waiting-commands,PT1S",
        "tenfold.lease.duration,PT0S",
        "tenfold.lease.renewal,PT2M",
        "tenfold.lease.grace,-PT1S",
        "tenfold.lease.deaths,0",
    })
    void aValueThatMakesNoSenseIsNamed(String key, String value) {
        SettingsCheck check = with(Map.of(key, value));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, check::check);
        assertTrue(String.valueOf(e.getMessage()).startsWith(key + " is "), e.getMessage());
    }
}
