package io.tenfold.localstack;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A whole system on loopback: broker, S3, database in this process, workers in their own. Everything it knows lies in one folder. */
public final class LocalStack implements AutoCloseable {

    public static final List<String> BUCKETS = List.of("models", "data", "artifacts");

    /** What each topic is for, and its name. */
    public static final Map<String, String> TOPICS = topics();

    private static final int PARTITIONS = 4;
    private static final String ACCESS_KEY = "tenfold";
    private static final String SECRET_KEY = "tenfold-secret";

    private final Settings settings;
    private final PrintStream words;
    private final FileChannel lock;
    private volatile @Nullable EmbeddedKafka kafka;
    private volatile @Nullable EmbeddedS3 s3;
    private volatile @Nullable EmbeddedDatabase database;
    private final List<WorkerProcess> workers = new CopyOnWriteArrayList<>();
    private Map<String, String> environment = Map.of();
    private final Program program;
    private int httpPort;
    private boolean closed;

    /**
     * What is wanted; a port of 0 means any free one.
     *
     * @param directory where topics, objects, database and logs live
     */
    record Settings(Path directory, int kafkaPort, int s3Port, int httpPort, int workers) {}

    /** @param words where a worker's death is told */
    LocalStack(Settings settings, PrintStream words) {
        this.settings = settings;
        this.words = words;
        this.lock = lock(settings.directory());
        this.program = Program.linkedInto(settings.directory().resolve("program"));
    }

    private static Map<String, String> topics() {
        Map<String, String> topics = new LinkedHashMap<>();
        topics.put("requests", "tenfold.requests");
        topics.put("commands", "tenfold.commands");
        topics.put("events", "tenfold.events");
        topics.put("dead_letters", "tenfold.requests.dlq");
        return topics;
    }

    @SuppressWarnings("resource") // Held until the stack closes.
    private static FileChannel lock(Path directory) {
        try {
            Files.createDirectories(directory);
            FileChannel channel =
                    FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw inUse(directory);
            }
            return channel;
        } catch (OverlappingFileLockException e) {
            throw inUse(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use " + directory, e);
        }
    }

    private static StackProblem inUse(Path directory) {
        return new StackProblem("%s belongs to a stack that is running; stop that one or give --dir another folder"
                .formatted(directory));
    }

    /**
     * Starts everything and returns when broker, S3 and database answer; the workers are still coming up.
     *
     * @throws StackProblem when a port is taken
     */
    void start() {
        Path directory = settings.directory();
        int kafkaPort = Ports.available(settings.kafkaPort(), "--kafka-port");
        int s3Port = Ports.available(settings.s3Port(), "--s3-port");
        httpPort = Ports.available(settings.httpPort(), "--http-port");
        EmbeddedS3 store = new EmbeddedS3(directory.resolve("s3"), s3Port, ACCESS_KEY, SECRET_KEY);
        s3 = store;
        store.createBuckets(BUCKETS.toArray(String[]::new));
        database = EmbeddedDatabase.start(directory.resolve("database"));
        EmbeddedKafka broker = EmbeddedKafka.start(directory.resolve("kafka"), kafkaPort);
        kafka = broker;
        broker.createTopics(PARTITIONS, TOPICS.values());
        environment = environmentOf(broker, store, database);
        for (int number = 1; number <= settings.workers(); number++) {
            workers.add(startWorker(number));
        }
    }

    /**
     * Returns when every worker is ready.
     *
     * @throws StackProblem when one does not come up
     */
    void awaitWorkers() {
        workers.forEach(WorkerProcess::awaitReady);
    }

    private WorkerProcess startWorker(int number) {
        int port = number == 1 ? httpPort : Ports.available(0, "--http-port");
        Map<String, String> all = new HashMap<>(environment);
        all.put("QUARKUS_HTTP_PORT", String.valueOf(port));
        return new WorkerProcess(
                "worker-" + number,
                program.command(List.of("worker")),
                all,
                settings.directory().resolve("logs"),
                "http://127.0.0.1:" + port,
                words);
    }

    private Map<String, String> environmentOf(EmbeddedKafka broker, EmbeddedS3 store, EmbeddedDatabase rows) {
        Map<String, String> all = new HashMap<>(storageEnvironment(store));
        all.put("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrap());
        all.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        all.put("QUARKUS_DATASOURCE_JDBC_URL", rows.url());
        all.put("QUARKUS_DATASOURCE_USERNAME", rows.user());
        all.put("QUARKUS_DATASOURCE_PASSWORD", rows.user());
        return all;
    }

    private Map<String, String> storageEnvironment(EmbeddedS3 store) {
        return Map.of(
                "TENFOLD_STORAGE_S3_ENDPOINT", store.endpoint(),
                "TENFOLD_STORAGE_S3_ACCESS_KEY", store.accessKey(),
                "TENFOLD_STORAGE_S3_SECRET_KEY", store.secretKey(),
                "TENFOLD_STORAGE_CACHE_DIR",
                        settings.directory().resolve("cache").toString());
    }

    /** What the packaged program must be told to find this stack. */
    Map<String, String> environment() {
        return environment;
    }

    Program program() {
        return program;
    }

    EmbeddedKafka kafka() {
        return Objects.requireNonNull(kafka, "start() comes first");
    }

    EmbeddedS3 s3() {
        return Objects.requireNonNull(s3, "start() comes first");
    }

    String http() {
        return "http://127.0.0.1:" + httpPort;
    }

    /** The processes that run now, in the workers' order. */
    List<Long> workerPids() {
        return workers.stream().map(WorkerProcess::pid).toList();
    }

    private static void stop(@Nullable AutoCloseable part) {
        try {
            if (part != null) {
                part.close();
            }
        } catch (Exception e) {
            // The others must still be stopped.
            System.err.println("while stopping: " + e);
        }
    }

    /** Stops the workers first, so that they can hand over, then what they need. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        workers.forEach(WorkerProcess::beginToStop);
        workers.forEach(WorkerProcess::close);
        for (AutoCloseable part : Arrays.asList(kafka, database, s3)) {
            stop(part);
        }
        Folders.delete(settings.directory().resolve("program"));
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot give back " + settings.directory(), e);
        }
    }
}
