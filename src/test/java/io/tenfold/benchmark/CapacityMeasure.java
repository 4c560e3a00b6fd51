package io.tenfold.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobIntake;
import io.tenfold.job.JobQueue;
import io.tenfold.job.JobQueue.Claim;
import io.tenfold.jobstate.Databases;
import io.tenfold.jobstate.Requests;
import io.tenfold.localstack.EmbeddedKafka;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What gateway, queue and database do in a second, on PostgreSQL and a real broker, all on one machine: rows of intake, events
 * of the relay, claims by several workers at once, what running jobs write. Its name keeps it out of the tests:
 * {@code mvn test -Dtest=CapacityMeasure -Dtenfold.measure.out=FILE}.
 */
@QuarkusTest
@TestProfile(CapacityMeasure.Setup.class)
class CapacityMeasure {

    private static final int REQUESTS = 3000;
    private static final int[] CLAIMERS = {1, 4, 16, 64};
    private static final int CLAIMS_EACH_ROUND = 192;
    private static final int BACKLOG = 20_000;
    private static final int RUNNING = 20;
    private static final int PROGRESS_SECONDS = 2;
    private static final int WATCH_SECONDS = 20;
    private static final double NANOS = 1e9;

    /** Gateway roles, and connections enough for all claimers. */
    public static final class Setup implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "tenfold.roles", "intake,relay",
                    "quarkus.http.test-port", "0",
                    "quarkus.datasource.jdbc.max-size", "72",
                    "quarkus.log.level", "WARN",
                    "tenfold.storage.s3.endpoint", "http://127.0.0.1:9",
                    "tenfold.storage.s3.access-key", "a",
                    "tenfold.storage.s3.secret-key", "b");
        }

        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(Databases.Postgresql.class), new TestResourceEntry(Broker.class));
        }
    }

    /** The broker. */
    public static final class Broker implements QuarkusTestResourceLifecycleManager {
        private @Nullable EmbeddedKafka kafka;

        @Override
        public Map<String, String> start() {
            try {
                EmbeddedKafka started = EmbeddedKafka.start(Files.createTempDirectory("tenfold-measure"), 0);
                kafka = started;
                return Map.of("kafka.bootstrap.servers", started.bootstrap());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void stop() {
            if (kafka != null) {
                kafka.close();
            }
        }
    }

    @Inject
    JobIntake intake;

    @Inject
    JobQueue queue;

    @Inject
    DataSource database;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap = "";

    private final ObjectNode result = JsonMapper.builder().build().createObjectNode();

    @Test
    void measure() throws Exception {
        result.put("mode", "gateway")
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        result.putObject("machine")
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("load_before", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        intake();
        relay("wide", 2000, 3);
        relay("deep", 10, 400);
        claims("claims");
        addRows(BACKLOG);
        claims("claims_in_a_backlog");
        result.set("whose_turn", TurnMeasure.on(database, CLAIMS_EACH_ROUND));
        // A connection that is not used tells its counters within ten seconds.
        TimeUnit.SECONDS.sleep(12);
        watch("idle", List.of());
        watch(
                "running",
                IntStream.range(0, RUNNING).mapToObj(i -> claim("runner-" + i)).toList());
        sizes();
        String json = result.toPrettyString();
        String out = System.getProperty("tenfold.measure.out", "");
        if (!out.isEmpty()) {
            Files.writeString(Path.of(out), json + "\n");
        }
        System.out.println(json);
    }

    /** Records are there before; rows are counted by the database's clock. */
    private void intake() throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap);
        int bytes = 0;
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < REQUESTS; i++) {
                byte[] value = Requests.lora("job-" + i).toString().getBytes(UTF_8);
                bytes += value.length;
                var _ = producer.send(new ProducerRecord<>("tenfold.requests", ("job-" + i).getBytes(UTF_8), value));
            }
        }
        awaitNumber("SELECT count(*) FROM job", REQUESTS);
        double seconds = number("SELECT extract(epoch FROM max(submitted_at) - min(submitted_at)) FROM job");
        awaitNumber("SELECT count(*) FROM job_event WHERE NOT published", 0);
        result.putObject("intake")
                .put("requests", REQUESTS)
                .put("request_bytes", bytes / REQUESTS)
                .put("rows_per_second", round(REQUESTS / seconds));
    }

    /** Progress events of many jobs, few each, or of few jobs, many each; a job's go one after another. */
    private void relay(String shape, int jobs, int each) throws Exception {
        String data =
                "{\"step\":100,\"total_steps\":1000,\"epoch\":0.5,\"percent\":10.0,\"loss\":0.512,\"learning_rate\":1.0E-4,"
                        + "\"grad_norm\":1.02,\"examples_per_second\":170.2,\"tokens_per_second\":4200.5,\"eta_seconds\":310.0,"
                        + "\"memory_bytes\":698388480}";
        update("WITH chosen AS (SELECT id, last_seq FROM job ORDER BY id LIMIT %d), added AS (".formatted(jobs)
                + "INSERT INTO job_event (job_id, seq, attempt, kind, data) SELECT id, last_seq + n, 0, 'progress', '"
                + data
                + "' FROM chosen, generate_series(1, " + each + ") n)"
                + "UPDATE job SET last_seq = last_seq + " + each + " WHERE id IN (SELECT id FROM chosen)");
        long begin = System.nanoTime();
        awaitNumber("SELECT count(*) FROM job_event WHERE NOT published", 0);
        result.withObject("/relay/" + shape)
                .put("jobs", jobs)
                .put("events_each", each)
                .put("events_per_second", round(jobs * each / ((System.nanoTime() - begin) / NANOS)));
    }

    /** Rows that wait, as copies of the first job. */
    private void addRows(int rows) throws SQLException {
        update(
                "INSERT INTO job (id, state, priority, method, request, request_sha256, fence, deaths, last_seq) SELECT 'more-' || n,"
                        + " 'queued', 0, method, request, request_sha256, 0, 0, 0 FROM job, generate_series(1, " + rows
                        + ") n WHERE id = 'job-0'");
        update("INSERT INTO relay_lane (job_id) SELECT id FROM job WHERE id LIKE 'more-%'");
        update("ANALYZE job");
    }

    private void claims(String name) throws Exception {
        result.putObject(name).put("rows_queued", number("SELECT count(*) FROM job WHERE state = 'queued'"));
        for (int workers : CLAIMERS) {
            int each = CLAIMS_EACH_ROUND / workers;
            List<Long> nanos = new ArrayList<>();
            long begin = System.nanoTime();
            try (var threads = Executors.newFixedThreadPool(workers)) {
                Callable<List<Long>> work = () -> claimTimes(each);
                List<Future<List<Long>>> running = new ArrayList<>();
                for (int worker = 0; worker < workers; worker++) {
                    running.add(threads.submit(work));
                }
                for (Future<List<Long>> one : running) {
                    nanos.addAll(one.get());
                }
            }
            double seconds = (System.nanoTime() - begin) / NANOS;
            nanos.sort(null);
            result.withObject("/" + name + "/" + workers)
                    .put("claims_per_second", round(nanos.size() / seconds))
                    .put("p50_ms", millis(nanos, 0.5))
                    .put("p95_ms", millis(nanos, 0.95))
                    .put("max_ms", millis(nanos, 1));
        }
    }

    private List<Long> claimTimes(int claims) {
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < claims; i++) {
            long begin = System.nanoTime();
            Claim claim = claim("claimer");
            nanos.add(System.nanoTime() - begin);
            claim.sink().close();
        }
        return nanos;
    }

    private Claim claim(String worker) {
        return queue.claim(worker).orElseThrow();
    }

    /** What PostgreSQL counts while those jobs run, each with a progress event every two seconds, the most there can be. */
    private void watch(String name, List<Claim> claims) throws Exception {
        claims.forEach(claim -> claim.sink().emit(new JobEvent.Started("cpu", "fp32", 0, "measure")));
        TimeUnit.SECONDS.sleep(2);
        Map<String, Double> before = counters();
        long begin = System.nanoTime();
        for (int second = 0; second < WATCH_SECONDS; second += PROGRESS_SECONDS) {
            long step = second;
            claims.forEach(claim -> claim.sink()
                    .emit(new JobEvent.Progress(null, step, 1000, 0.5, 10, 0.5, 1e-4, 1, 170, 4200, 310, 698_388_480)));
            TimeUnit.SECONDS.sleep(PROGRESS_SECONDS);
        }
        double seconds = (System.nanoTime() - begin) / NANOS;
        ObjectNode rates = result.withObject("/database/" + name).put("jobs", claims.size());
        counters()
                .forEach((counter, value) -> rates.put(
                        counter + "_per_second", round((value - before.getOrDefault(counter, 0.0)) / seconds)));
        claims.forEach(claim -> claim.sink().close());
    }

    private Map<String, Double> counters() throws SQLException {
        Map<String, Double> counters = new HashMap<>();
        for (String counter : List.of("xact_commit", "tup_inserted", "tup_updated", "tup_fetched")) {
            counters.put(
                    counter,
                    number("SELECT %s FROM pg_stat_database WHERE datname = current_database()".formatted(counter)));
        }
        counters.put("wal_bytes", number("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"));
        return counters;
    }

    private void sizes() throws SQLException {
        result.putObject("disk")
                .put("bytes_a_job", number("SELECT pg_total_relation_size('job') / count(*) FROM job"))
                .put("bytes_an_event", number("SELECT pg_total_relation_size('job_event') / count(*) FROM job_event"));
    }

    private double number(String sql) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getDouble(1);
        }
    }

    private void update(String sql) throws SQLException {
        try (var connection = database.getConnection();
                var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private void awaitNumber(String sql, double wanted) throws Exception {
        while (number(sql) != wanted) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    static double millis(List<Long> sorted, double share) {
        int place = (int) Math.min(sorted.size() - 1, Math.round(share * sorted.size()));
        return round(sorted.get(place) / 1e6);
    }

    private static double round(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
