package io.tenfold.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.tenfold.telemetry.Queries;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One job on a whole system: what it costs, and what metrics, traces and logs tell of it. */
class MeasuredIT {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    /** What Prometheus accepts. */
    private static final String PROMETHEUS =
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    private static final int MOST_SERIES = 3_000;

    @TempDir
    Path directory;

    /** What the collector of traces got, a byte a character. */
    private final Queue<String> spans = new ConcurrentLinkedQueue<>();

    private HttpServer collector;
    private Process up;
    private JsonNode ready;

    MeasuredIT() throws IOException {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            spans.add(new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1));
            exchange.getResponseHeaders().add("content-type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
    }

    @BeforeEach
    void startASystem() throws IOException {
        copyFolder(Path.of("src/test/resources/golden/bert-bare"), directory.resolve("model"));
        for (String split : List.of("train", "validation")) {
            List<String> rows = Files.readAllLines(Path.of("src/test/resources/demo/support." + split + ".csv"));
            Files.write(directory.resolve(split + ".csv"), rows.subList(0, 49));
        }
        Map<String, String> environment = Map.of(
                "TENFOLD_STORAGE_FILE_ROOTS", directory.toString(),
                "TENFOLD_COST_DEVICE_SECOND", "0.5",
                "TENFOLD_COST_CURRENCY", "EUR",
                "TENFOLD_LOG_JSON", "true",
                "TENFOLD_TELEMETRY_OTLP_ENDPOINT",
                        "http://127.0.0.1:" + collector.getAddress().getPort(),
                "QUARKUS_OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        up = new PackagedProgram(directory)
                .startMain(
                        environment,
                        "io.tenfold.localstack.Up",
                        "--dir",
                        "state",
                        "--kafka-port",
                        "0",
                        "--s3-port",
                        "0",
                        "--http-port",
                        "0");
        ready = Json.MAPPER.readTree(up.inputReader().readLine());
    }

    @AfterEach
    void stop() throws InterruptedException {
        PackagedProgram.stop(up);
        up.waitFor();
        collector.stop(0);
    }

    @Test
    void oneJobIsPricedCountedTracedAndLogged() throws Exception {
        send("measured", "00-%s-b7ad6b7169203331-01".formatted(TRACE));
        JsonNode end = lastEventOf("measured");
        assertEquals("io.tenfold.job.succeeded.v1", end.path("type").asText(), end::toString);

        double seconds = end.path("data").path("device_seconds").asDouble();
        assertTrue(seconds > 0, end::toString);
        assertEquals(seconds / 2, end.path("data").path("cost").asDouble(), 1e-3);
        assertEquals("EUR", end.path("data").path("currency").asText());

        metricsTellOfIt();
        tracesTellOfIt();
        logsTellOfIt();
    }

    private void metricsTellOfIt() throws Exception {
        get("/v1/jobs/measured");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> get("/q/metrics").lines().anyMatch(MeasuredIT::isTheSuccess));
        String metrics = get("/q/metrics");
        Set<String> missing = new TreeSet<>(Queries.metrics());
        missing.removeAll(metrics.lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toSet()));
        assertEquals(Set.of(), missing, "metrics that the dashboard or a rule asks for and nobody tells");
        assertTrue(metrics.contains("trace_id=\"%s\"".formatted(TRACE)), "an exemplar with the job's trace");
        assertFalse(
                metrics.lines().anyMatch(line -> line.contains("_count{") && line.contains(" # {")),
                "exemplars that Prometheus refuses");
        assertTrue(metrics.contains("uri=\"/v1/jobs/{"), "paths are templates");
        assertFalse(metrics.contains("uri=\"/v1/jobs/measured"), "paths are templates");
        long series = metrics.lines().filter(line -> !line.startsWith("#")).count();
        assertTrue(series < MOST_SERIES, () -> series + " series");
    }

    private static boolean isTheSuccess(String line) {
        return line.startsWith("tenfold_job_events_total{")
                && line.contains("kind=\"succeeded\"")
                && line.contains("method=\"lora\"")
                && line.contains("} 1.0");
    }

    private void tracesTellOfIt() {
        String trace = new String(HexFormat.of().parseHex(TRACE), ISO_8859_1);
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            String all = String.join("", spans);
            assertTrue(all.contains(trace));
            for (String name : List.of("intake", "queue", "attempt", "load", "train", "checkpoint", "publish")) {
                assertTrue(all.contains((char) name.length() + name), name);
            }
        });
    }

    private void logsTellOfIt() throws IOException {
        List<String> lines = Files.readAllLines(directory.resolve("state/logs/worker-1.log"));
        int ofTheAttempt = 0;
        for (String line : lines) {
            assertFalse(line.contains(" INFO  ["), line);
            if (line.startsWith("{")) {
                JsonNode mdc = Json.MAPPER.readTree(line).path("mdc");
                boolean ours = mdc.path("job_id").asText().equals("measured");
                ofTheAttempt += ours && mdc.path("attempt").asInt() == 1 ? 1 : 0;
            }
        }
        assertTrue(ofTheAttempt > 0, "a line of the attempt");
    }

    private void send(String id, String traceparent) throws Exception {
        String request = """
                {"id": "%s", "model": "file:%s/model", "task": {"type": "sequence_classification"},
                 "data": {"train": "file:%s/train.csv", "validation": "file:%s/validation.csv"},
                 "method": {"name": "lora", "r": 2},
                 "training": {"max_steps": 6, "batch_size": 4, "logging_steps": 1, "max_length": 16, "save_steps": 3},
                 "output": "file:%s/out"}
                """.formatted(id, directory, directory, directory, directory);
        Map<String, Object> broker =
                Map.of("bootstrap.servers", ready.path("kafka").asText());
        try (var producer = new KafkaProducer<>(broker, new StringSerializer(), new StringSerializer())) {
            var record = new ProducerRecord<>("tenfold.requests", id, request);
            record.headers().add("traceparent", traceparent.getBytes(UTF_8));
            producer.send(record).get();
        }
    }

    private JsonNode lastEventOf(String job) throws Exception {
        var watched = new PackagedProgram(Files.createDirectory(directory.resolve("watch")))
                .run("watch", job, "--json", "--kafka", ready.path("kafka").asText());
        return Json.MAPPER.readTree(watched.results().getLast());
    }

    /** A page, asked for as Prometheus does, or as anybody does. */
    private String get(String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(ready.path("http").asText() + path))
                                    .header("accept", path.startsWith("/q/") ? PROMETHEUS : "*/*")
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static void copyFolder(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
