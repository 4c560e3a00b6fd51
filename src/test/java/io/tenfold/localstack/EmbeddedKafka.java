package io.tenfold.localstack;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.logging.Level;
import java.util.logging.Logger;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A real Kafka broker, its own controller, on loopback in this JVM. Topics, records and offsets live in the folder and
 * survive a restart. The only class that touches Kafka's internal server API.
 */
public final class EmbeddedKafka implements AutoCloseable {

    private static final String HOST = "127.0.0.1";
    private static final int ANY_PORT = 0;

    /** Held, since a logger that nobody holds forgets its level. */
    private static final List<Logger> QUIET = List.of(Logger.getLogger("kafka"), Logger.getLogger("org.apache.kafka"));

    private final KafkaRaftServer server;
    private final int port;

    private EmbeddedKafka(KafkaRaftServer server, int port) {
        this.server = server;
        this.port = port;
    }

    /** Which group protocols the broker speaks. */
    public enum GroupProtocols {
        /** The broker-side protocol of Kafka 4 (KIP-848) and the classic one. */
        ALL("classic,consumer"),
        /** What a broker before 4.0 speaks. */
        CLASSIC_ONLY("classic");

        private final String setting;

        GroupProtocols(String setting) {
            this.setting = setting;
        }
    }

    /** A broker on any free port. */
    public static EmbeddedKafka start(Path directory) {
        return start(directory, ANY_PORT, GroupProtocols.ALL);
    }

    /** A broker on {@code port}; 0: any free one. */
    public static EmbeddedKafka start(Path directory, int port) {
        return start(directory, port, GroupProtocols.ALL);
    }

    /**
     * Starts the broker and returns when it answers (4 to 8 s the first time in a JVM).
     *
     * @param directory made and formatted if need be; absolute or relative to the working directory
     * @param port 0: any free one
     */
    public static EmbeddedKafka start(Path directory, int port, GroupProtocols protocols) {
        try {
            QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
            int controllerPort = Ports.free();
            int brokerPort = port;
            while (brokerPort == ANY_PORT || brokerPort == controllerPort) {
                brokerPort = Ports.free();
            }
            Files.createDirectories(directory);
            formatIfNew(directory);
            Properties settings = settings(directory, brokerPort, controllerPort, protocols);
            KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
            server.startup();
            return new EmbeddedKafka(server, brokerPort);
        } catch (Exception e) {
            throw new IllegalStateException("the embedded broker did not start in " + directory, e);
        }
    }

    /** Host and port, for {@code bootstrap.servers}. */
    public String bootstrap() {
        return HOST + ":" + port;
    }

    /** The port that clients use. */
    public int port() {
        return port;
    }

    /** Makes the topics that are not there yet, each with this many partitions. */
    public void createTopics(int partitions, Collection<String> names) {
        try (Admin admin =
                Admin.create(Map.<String, Object>of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap()))) {
            List<NewTopic> topics = new ArrayList<>();
            names.forEach(name -> topics.add(new NewTopic(name, partitions, (short) 1)));
            for (var created : admin.createTopics(topics).values().values()) {
                awaitUnlessThere(created);
            }
        }
    }

    private static void awaitUnlessThere(KafkaFuture<Void> created) {
        try {
            created.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a topic was made", e);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException("a topic could not be made", e);
            }
        }
    }

    /** Stops the broker; its folder stays. */
    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    private static void formatIfNew(Path directory) throws Exception {
        if (Files.exists(directory.resolve("meta.properties"))) {
            return;
        }
        Formatter formatter = new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(1)
                .setClusterId(Uuid.randomUuid().toString())
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(directory.toString())
                .setReleaseVersion(MetadataVersion.latestProduction());
        formatter.addDirectory(directory.toString());
        formatter.run();
    }

    private static Properties settings(Path directory, int port, int controllerPort, GroupProtocols protocols) {
        String broker = "PLAINTEXT://" + HOST + ":" + port;
        Properties settings = new Properties();
        settings.putAll(Map.of(
                "process.roles",
                "broker,controller",
                "node.id",
                "1",
                "controller.quorum.voters",
                "1@" + HOST + ":" + controllerPort,
                "controller.listener.names",
                "CONTROLLER",
                "listeners",
                broker + ",CONTROLLER://" + HOST + ":" + controllerPort,
                "advertised.listeners",
                broker,
                "log.dirs",
                directory.toString(),
                "group.coordinator.rebalance.protocols",
                protocols.setting,
                // A consumer that joins need not wait for others that might.
                "group.initial.rebalance.delay.ms",
                "0",
                "auto.create.topics.enable",
                "false"));
        settings.putAll(Map.of(
                "num.partitions", "4",
                "offsets.topic.num.partitions", "4",
                "offsets.topic.replication.factor", "1",
                "transaction.state.log.num.partitions", "4",
                "transaction.state.log.replication.factor", "1",
                "transaction.state.log.min.isr", "1",
                "share.coordinator.state.topic.replication.factor", "1",
                "share.coordinator.state.topic.min.isr", "1",
                "log.cleaner.dedupe.buffer.size", "2097152"));
        return settings;
    }
}
