package io.tenfold.jobstate;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterDatabaseTest {

    private static final String POSTGRESQL = "jdbc:postgresql://db/tenfold";

    private static void start(@Nullable Boolean cluster, String url, @Nullable String kubernetes) {
        new ClusterDatabase(Optional.ofNullable(cluster), Optional.of(url), kubernetes)
                .customize(new FluentConfiguration());
    }

    @ParameterizedTest
    @CsvSource({
        "true,jdbc:h2:file:/home/tenfold/.tenfold/jobs,",
        "true,jdbc:h2:mem:jobs,10.0.0.1",
        ",jdbc:h2:tcp://localhost/jobs,10.0.0.1",
    })
    void aClusterRefusesADatabaseThatDiesWithItsPod(
            @Nullable Boolean cluster, String url, @Nullable String kubernetes) {
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> start(cluster, url, kubernetes));
        assertEquals(
                "quarkus.datasource.jdbc.url is " + url + ", a database that dies with its pod; in a cluster give"
                        + " jdbc:postgresql://host/name (QUARKUS_DATASOURCE_JDBC_URL). If this is no cluster, set"
                        + " tenfold.cluster to false",
                e.getMessage());
    }

    @Test
    void postgresqlIsWelcomeEverywhereAndH2OnOneMachine() {
        assertDoesNotThrow(() -> start(true, POSTGRESQL, "10.0.0.1"));
        assertDoesNotThrow(() -> start(null, POSTGRESQL, null));
        assertDoesNotThrow(() -> start(null, "jdbc:h2:mem:jobs", null));
        assertDoesNotThrow(() -> start(null, "jdbc:h2:mem:jobs", ""));
        assertDoesNotThrow(() -> start(false, "jdbc:h2:mem:jobs", "10.0.0.1"));
    }
}
