package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cleanup} as a cluster's CronJob runs it, and what a cluster refuses. */
class CleanupIT {

    @TempDir
    Path directory;

    private Map<String, String> environment(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("QUARKUS_DATASOURCE_JDBC_URL", "jdbc:h2:file:" + directory.resolve("jobs"));
        return environment;
    }

    @Test
    void cleanupNeedsNoBrokerSaysWhatItDidAndEnds() throws Exception {
        var outcome = new PackagedProgram(directory)
                .run(environment(Map.of("TENFOLD_CLUSTER", "false", "TENFOLD_RETENTION_JOBS", "P30D")), "cleanup");
        assertEquals(0, outcome.exitStatus(), outcome.words());
        assertTrue(
                outcome.results()
                        .containsAll(
                                List.of(
                                        "0 jobs that ended more than 30 days ago were removed",
                                        "keep requests in their topic for less than 30 days: one that is read again later runs again")),
                outcome.results().toString());
    }

    @Test
    void aWorkerInAClusterRefusesADatabaseThatDiesWithItsPod() throws Exception {
        var outcome = new PackagedProgram(directory).run(environment(Map.of("TENFOLD_CLUSTER", "true")), "worker");
        assertNotEquals(0, outcome.exitStatus());
        assertTrue(outcome.words().contains("a database that dies with its pod"), outcome.words());
        assertFalse(Files.exists(directory.resolve("jobs.mv.db")), "the database was opened all the same");
    }
}
