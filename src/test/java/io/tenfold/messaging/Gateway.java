package io.tenfold.messaging;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.tenfold.localstack.EmbeddedKafka;
import io.tenfold.localstack.EmbeddedKafka.GroupProtocols;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.h2.tools.Server;
import org.jspecify.annotations.Nullable;

/** The program with the roles of a gateway. */
public class Gateway implements QuarkusTestProfile {

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "tenfold.roles", "intake,relay",
                "quarkus.http.test-port", "0",
                "quarkus.datasource.jdbc.acquisition-timeout", "2S",
                "tenfold.storage.s3.endpoint", "http://127.0.0.1:9",
                "tenfold.storage.s3.access-key", "a",
                "tenfold.storage.s3.secret-key", "b");
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(BrokerAndDatabase.class));
    }

    /** Likewise, with the group protocol of brokers before 4.0. */
    public static final class OnOldBroker extends Gateway {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = new HashMap<>(super.getConfigOverrides());
            settings.put("tenfold.kafka.group-protocol", "classic");
            return settings;
        }

        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(BrokerAndDatabase.class, Map.of("protocols", "CLASSIC_ONLY")));
        }
    }

    /** A broker and a database server. The test's field {@code outages} gets what makes them go away and come back. */
    public static final class BrokerAndDatabase implements QuarkusTestResourceLifecycleManager {

        private final Path folder = temporaryFolder();
        private @Nullable EmbeddedKafka kafka;
        private @Nullable Server database;
        private int kafkaPort;
        private String databasePort = "0";

        private GroupProtocols protocols = GroupProtocols.ALL;

        @Override
        public void init(Map<String, String> arguments) {
            protocols = GroupProtocols.valueOf(arguments.getOrDefault("protocols", GroupProtocols.ALL.name()));
        }

        @Override
        public Map<String, String> start() {
            startKafka();
            startDatabase();
            return Map.of(
                    "kafka.bootstrap.servers",
                    "127.0.0.1:" + kafkaPort,
                    "quarkus.datasource.jdbc.url",
                    "jdbc:h2:tcp://127.0.0.1:%s/./jobs".formatted(databasePort));
        }

        @Override
        public void inject(TestInjector injector) {
            Map<String, Runnable> outages = Map.of(
                    "broker goes away", this::stopKafka,
                    "broker comes back", this::startKafka,
                    "database goes away", this::stopDatabase,
                    "database comes back", this::startDatabase);
            injector.injectIntoFields(outages, field -> field.getName().equals("outages"));
        }

        private void startKafka() {
            EmbeddedKafka started = EmbeddedKafka.start(folder.resolve("kafka"), kafkaPort, protocols);
            kafkaPort = started.port();
            kafka = started;
        }

        private void stopKafka() {
            if (kafka != null) {
                kafka.close();
            }
        }

        private void startDatabase() {
            try {
                Server started = Server.createTcpServer(
                                "-tcpPort", databasePort, "-ifNotExists", "-baseDir", folder.toString())
                        .start();
                databasePort = String.valueOf(started.getPort());
                database = started;
            } catch (SQLException e) {
                throw new IllegalStateException("the database server did not start", e);
            }
        }

        private void stopDatabase() {
            if (database != null) {
                database.stop();
            }
        }

        @Override
        public void stop() {
            stopKafka();
            stopDatabase();
        }

        private static Path temporaryFolder() {
            try {
                return Files.createTempDirectory("tenfold-gateway");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
