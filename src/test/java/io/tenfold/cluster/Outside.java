package io.tenfold.cluster;

import io.tenfold.localstack.Bucket;
import io.tenfold.localstack.EmbeddedKafka;
import io.tenfold.localstack.EmbeddedS3;
import io.tenfold.localstack.LocalStack;
import io.tenfold.localstack.Ports;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** What a cluster's workers find outside it: a broker, an S3 store, PostgreSQL; the first and the last can be away for a while. */
final class Outside implements AutoCloseable {

    static final String ACCESS_KEY = "tenfold";
    static final String SECRET_KEY = "tenfold-secret";
    private static final int PARTITIONS = 4;
    private static final Path MODEL = Path.of("src/test/resources/golden/bert-bare");
    private static final Path ROWS = Path.of("src/test/resources/demo");
    private static final int ROWS_USED = 49;

    private final Path folder;
    private final int kafkaPort = Ports.free();
    private final int databasePort = Ports.free();
    private final EmbeddedS3 s3;
    private EmbeddedKafka kafka;
    private EmbeddedPostgres database;

    /** Starts all three, with a tiny model and some rows in the store. */
    Outside(Path root, Path folder) {
        this.folder = folder;
        this.s3 = new EmbeddedS3(folder.resolve("s3"), 0, ACCESS_KEY, SECRET_KEY);
        s3.createBuckets(LocalStack.BUCKETS.toArray(String[]::new));
        new Bucket(s3, "models").putFolder("tiny", root.resolve(MODEL));
        for (String split : List.of("train", "validation")) {
            try {
                List<String> rows = Files.readAllLines(root.resolve(ROWS).resolve("support." + split + ".csv"));
                new Bucket(s3, "data").put(split + ".csv", String.join("\n", rows.subList(0, ROWS_USED)) + "\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        this.kafka = startKafka();
        kafka.createTopics(PARTITIONS, LocalStack.TOPICS.values());
        this.database = startDatabase();
    }

    private EmbeddedKafka startKafka() {
        return EmbeddedKafka.start(folder.resolve("kafka"), kafkaPort);
    }

    private EmbeddedPostgres startDatabase() {
        try {
            return EmbeddedPostgres.builder()
                    .setPort(databasePort)
                    .setDataDirectory(folder.resolve("postgresql"))
                    .setCleanDataDirectory(false)
                    // Twenty workers, two gateways and KEDA, each with connections of its own.
                    .setServerConfig("max_connections", "400")
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL did not start", e);
        }
    }

    void stopKafka() {
        kafka.close();
    }

    /** Starts it again, on the same port and with what it had. */
    void kafkaComesBack() {
        kafka = startKafka();
    }

    void stopDatabase() {
        try {
            database.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it again, on the same port and with what it had. */
    void databaseComesBack() {
        database = startDatabase();
    }

    String bootstrap() {
        return kafka.bootstrap();
    }

    String s3() {
        return s3.endpoint();
    }

    int databasePort() {
        return databasePort;
    }

    /** The one number that a query answers. */
    long count(String query) {
        try (Connection connection = database.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            CheckFailed.unless(rows.next(), "no answer: %s", query);
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new CheckFailed("%s: %s".formatted(query, e.getMessage()));
        }
    }

    /** Leaves an empty database behind, for an installation that knows nothing of earlier ones. */
    void emptyDatabase() {
        try (Connection connection = database.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("drop schema public cascade; create schema public");
        } catch (SQLException e) {
            throw new CheckFailed("the database can't be emptied: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        stopDatabase();
        kafka.close();
        s3.close();
    }
}
