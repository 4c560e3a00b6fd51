import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A service asks Tenfold for training, in the transaction that makes training necessary. Here that is a release of reviewed
 * data: if its row is committed, so is the request; if not, nobody trains on data that was taken back.
 *
 * <pre>
 * java -cp kafka-clients.jar:slf4j-api.jar:postgresql.jar TrainingRequests.java release reviews-2026-11 s3://data/reviews/2026-11
 * java -cp … TrainingRequests.java relay
 * </pre>
 *
 * {@code release} writes the outbox. What carries it to Kafka is Debezium (debezium-connector.json), or, where no Kafka Connect
 * runs, {@code relay} below. Both may send a request twice after a crash; its id makes that one job.
 */
public final class TrainingRequests {

    private static final String TOPIC = "tenfold.requests";
    private static final int BATCH = 100;

    private TrainingRequests() {}

    public static void main(String... arguments) throws Exception {
        String command = arguments.length == 0 ? "" : arguments[0];
        if (command.equals("release") && arguments.length == 3) {
            try (Connection database = connect()) {
                release(database, arguments[1], arguments[2]);
            }
        } else if (command.equals("relay") && arguments.length == 1) {
            try (Connection database = connect(); KafkaProducer<String, String> producer = producer()) {
                relay(database, producer);
            }
        } else {
            System.err.println("usage: TrainingRequests release NAME FOLDER | relay");
            System.exit(2);
        }
    }

    /**
     * What is asked for. The id is the release's own name and never a random one: whoever sends it again, for whatever reason,
     * asks for the same job.
     */
    static String request(String release, String folder) {
        return """
                {
                  "id": "%1$s",
                  "model": "s3://models/minilm",
                  "task": {"type": "sequence_classification"},
                  "data": {"train": "%2$s/train.csv", "validation": "%2$s/validation.csv"},
                  "method": {"name": "lora", "r": 8},
                  "training": {"epochs": 3, "seed": 42},
                  "output": "s3://artifacts/%1$s",
                  "metadata": {"asked_by": "reviews-service"}
                }""".formatted(release, folder);
    }

    /** The service's own change and the request, both or neither. */
    static void release(Connection database, String release, String folder) throws SQLException {
        database.setAutoCommit(false);
        try (PreparedStatement own = database.prepareStatement("INSERT INTO data_release (name, folder) VALUES (?, ?)");
                PreparedStatement outbox = database.prepareStatement(
                        "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload)"
                                + " VALUES (?, 'training_request', ?, 'TrainingRequested', CAST(? AS JSONB))")) {
            own.setString(1, release);
            own.setString(2, folder);
            own.executeUpdate();
            outbox.setObject(1, UUID.randomUUID());
            outbox.setString(2, release);
            outbox.setString(3, request(release, folder));
            outbox.executeUpdate();
            database.commit();
        } catch (SQLException e) {
            database.rollback();
            throw e;
        }
    }

    /** Publishes and forgets, batch by batch, until it is stopped; several relays share the rows. */
    static void relay(Connection database, Producer<String, String> producer)
            throws SQLException, InterruptedException, ExecutionException {
        database.setAutoCommit(false);
        while (true) {
            int published = publishBatch(database, producer);
            if (published == 0) {
                Thread.sleep(1000);
            } else {
                System.err.println(published + " published");
            }
        }
    }

    /** A row goes when the broker has its record: a crash in between repeats records and loses none. */
    static int publishBatch(Connection database, Producer<String, String> producer)
            throws SQLException, InterruptedException, ExecutionException {
        Map<UUID, Future<RecordMetadata>> sent = new LinkedHashMap<>();
        try (PreparedStatement select = database.prepareStatement(
                        "SELECT id, aggregateid, payload FROM outbox WHERE aggregatetype = 'training_request'"
                                + " ORDER BY id LIMIT " + BATCH + " FOR UPDATE SKIP LOCKED");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                sent.put(
                        rows.getObject("id", UUID.class),
                        producer.send(new ProducerRecord<>(
                                TOPIC, rows.getString("aggregateid"), rows.getString("payload"))));
            }
        }
        List<UUID> done = new ArrayList<>();
        for (Map.Entry<UUID, Future<RecordMetadata>> one : sent.entrySet()) {
            one.getValue().get();
            done.add(one.getKey());
        }
        try (PreparedStatement delete = database.prepareStatement("DELETE FROM outbox WHERE id = ?")) {
            for (UUID id : done) {
                delete.setObject(1, id);
                delete.addBatch();
            }
            delete.executeBatch();
        }
        database.commit();
        return done.size();
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(
                setting("DATABASE_URL", "jdbc:postgresql://localhost/shop"),
                setting("DATABASE_USER", "shop"),
                setting("DATABASE_PASSWORD", "shop"));
    }

    private static KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, setting("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092"),
                        ProducerConfig.ACKS_CONFIG, "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true),
                new StringSerializer(),
                new StringSerializer());
    }

    private static String setting(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
