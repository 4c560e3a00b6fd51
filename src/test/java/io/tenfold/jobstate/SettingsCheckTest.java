package io.tenfold.jobstate;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsCheckTest {

    private static SettingsCheck with(Map<String, String> settings) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withMapping(LeaseConfig.class)
                .withMapping(RetentionConfig.class)
                .withMapping(CostConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build();
        return new SettingsCheck(
                config.getConfigMapping(LeaseConfig.class),
                config.getConfigMapping(RetentionConfig.class),
                config.getConfigMapping(CostConfig.class));
    }

    @Test
    void theDefaultsMakeSense() {
        assertDoesNotThrow(() -> with(Map.of()).check());
        assertDoesNotThrow(() -> with(Map.of("tenfold.retention.jobs", "PT12H")).check());
    }

    @Test
    void aPriceHasACurrency() {
        String price = "tenfold.cost.device-second";
        assertDoesNotThrow(() ->
                with(Map.of(price, "0.0006", "tenfold.cost.currency", "EUR")).check());
        for (Map<String, String> settings :
                List.of(Map.of(price, "1"), Map.of(price, "1", "tenfold.cost.currency", "euros"))) {
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> with(settings).check());
            assertTrue(String.valueOf(e.getMessage()).startsWith("tenfold.cost.currency is "), e.getMessage());
        }
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
        "tenfold.cost.device-second,-1",
        "tenfold.cost.device-second,NaN",
    })
    void aValueThatMakesNoSenseIsNamed(String key, String value) {
        SettingsCheck check = with(Map.of(key, value));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, check::check);
        assertTrue(String.valueOf(e.getMessage()).startsWith(key + " is "), e.getMessage());
    }
}
