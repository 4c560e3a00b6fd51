package io.tenfold.jobstate;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The program on each of its databases, without Kafka, with leases short enough to watch them run out. */
public final class Databases {

    private Databases() {}

    /** Neither a role nor a channel: the tests call the ports themselves. */
    private static final Map<String, String> PORTS_ALONE = Map.of(
            "tenfold.roles", "",
            "tenfold.lease.duration", "PT1.5S",
            "tenfold.lease.renewal", "PT0.3S",
            "tenfold.lease.grace", "PT0.5S",
            "tenfold.lease.wishes", "PT0.2S",
            "quarkus.http.test-port", "0",
            // Asked for nothing but whether a location can be used.
            "tenfold.storage.s3.endpoint", "http://127.0.0.1:9",
            "tenfold.storage.s3.access-key", "a",
            "tenfold.storage.s3.secret-key", "b");

    /** H2 in a file. */
    public static final class OnH2 implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return PORTS_ALONE;
        }

        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(H2File.class));
        }
    }

    /** A real PostgreSQL server. */
    public static final class OnPostgresql implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return PORTS_ALONE;
        }

        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(Postgresql.class));
        }
    }

    /** Gives the program a URL with nothing but a path: the driver adds what H2 needs. */
    public static final class H2File implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            try {
                return Map.of(
                        "quarkus.datasource.jdbc.url",
                        "jdbc:h2:file:"
                                + Files.createTempDirectory("tenfold-h2").resolve("jobs"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void stop() {}
    }

    /** Starts PostgreSQL and gives the program its URL. */
    public static final class Postgresql implements QuarkusTestResourceLifecycleManager {

        private @Nullable EmbeddedPostgres server;

        @Override
        public Map<String, String> start() {
            try {
                EmbeddedPostgres started = EmbeddedPostgres.builder().start();
                server = started;
                Map<String, String> settings = new HashMap<>();
                settings.put("quarkus.datasource.jdbc.url", started.getJdbcUrl("postgres", "postgres"));
                settings.put("quarkus.datasource.username", "postgres");
                settings.put("quarkus.datasource.password", "postgres");
                return settings;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void stop() {
            try {
                Objects.requireNonNull(server).close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
