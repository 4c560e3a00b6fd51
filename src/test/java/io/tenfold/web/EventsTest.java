package io.tenfold.web;

import static io.restassured.RestAssured.get;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.tenfold.contract.Contract;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobQueue;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A job's events as a list and as a stream, while a runner works at the job. */
@QuarkusTest
@WithTestResource(Gateway.class)
class EventsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Inject
    JobQueue queue;

    private HttpClient client = HttpClient.newHttpClient();

    @BeforeEach
    void open() {
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterEach
    void close() {
        client.shutdownNow();
    }

    /** A message of a stream; {@code data} is empty for a comment. */
    private record Message(String id, String data) {}

    @Test
    void eventsAreCloudEventsInOrder() throws JsonProcessingException {
        String id = Requests.submitted();
        run(id, sink -> sink.emit(new JobEvent.Evaluated(null, 3, "validation", Map.of("accuracy", 0.5))));
        String list = get("/v1/jobs/{id}/events", id)
                .then()
                .statusCode(200)
                .contentType("application/json")
                .body("data.seq", equalTo(List.of(1, 2, 3)))
                .body("subject.unique()", equalTo(List.of(id)))
                .extract()
                .asString();
        for (JsonNode event : new ObjectMapper().readTree(list)) {
            assertEquals(List.of(), Contract.errors("event.schema.json", event));
        }
        get("/v1/jobs/{id}/events?after=1&limit=1", id).then().body("id", equalTo(List.of(id + "/2")));
        get("/v1/jobs/{id}/events?after=3", id).then().statusCode(200).body("$", hasSize(0));
    }

    @Test
    void thereIsAMostOfStreams() throws Exception {
        String id = Requests.submitted();
        HttpResponse<Stream<String>> answer = stream(id, null).get(30, TimeUnit.SECONDS);
        for (int i = 1; i <= 20 && answer.statusCode() == 200; i++) {
            answer = stream(id, null).get(30, TimeUnit.SECONDS);
        }
        assertEquals(503, answer.statusCode());
        assertEquals(
                "application/problem+json",
                answer.headers().firstValue("Content-Type").orElse(""));
        get("/v1/jobs/{id}/events", id).then().statusCode(200);
    }

    @Test
    void aStreamBringsWhatWasAndWhatComesAndEndsWithTheJob() throws Exception {
        String id = Requests.submitted();
        List<String> lines = new ArrayList<>();
        CompletableFuture<HttpResponse<Stream<String>>> answer = stream(id, null);
        var reading = answer.thenAccept(response -> response.body().forEach(line -> {
            synchronized (lines) {
                lines.add(line);
            }
        }));
        assertEquals(
                "text/event-stream",
                answer.get(30, TimeUnit.SECONDS)
                        .headers()
                        .firstValue("Content-Type")
                        .orElse(""));
        Awaitility.await().atMost(PATIENCE).until(() -> messages(lines).stream().anyMatch(m -> m.id().equals("1")));
        run(id, sink -> {
            Awaitility.await().atMost(PATIENCE).until(() -> messages(lines).stream()
                    .anyMatch(m -> m.id().equals("2")));
            sink.emit(new JobEvent.Failed(
                    new io.tenfold.job.JobError(io.tenfold.job.ErrorCode.BAD_DATA, "line\none", null), 0, null));
        });
        reading.get(30, TimeUnit.SECONDS);
        List<Message> events =
                messages(lines).stream().filter(m -> !m.data().isEmpty()).toList();
        assertEquals(List.of("1", "2", "3"), events.stream().map(Message::id).toList());
        JsonNode last = new ObjectMapper().readTree(events.getLast().data());
        assertEquals("io.tenfold.job.failed.v1", last.path("type").asText());
        assertEquals("line\none", last.at("/data/error/message").asText());
        assertEquals(3, last.at("/data/seq").asInt());
    }

    @Test
    void aSilentStreamShowsThatItLives() {
        String id = Requests.submitted();
        List<String> lines = new ArrayList<>();
        var reading = stream(id, null).thenAccept(response -> response.body().forEach(line -> {
            synchronized (lines) {
                lines.add(line);
            }
        }));
        Awaitility.await().atMost(PATIENCE).until(() -> {
            synchronized (lines) {
                return lines.stream().filter(line -> line.startsWith(":")).count() >= 2;
            }
        });
        assertTrue(!reading.isDone());
    }

    @Test
    void aClientGoesOnBehindItsLastEvent() throws Exception {
        String id = Requests.submitted();
        run(id, sink -> sink.emit(new JobEvent.Cancelled(0, null)));
        List<String> ids = messages(
                        stream(id, "2").get(30, TimeUnit.SECONDS).body().toList())
                .stream()
                .map(Message::id)
                .toList();
        assertEquals(List.of("3"), ids);
        assertEquals(204, stream(id, "3").get(30, TimeUnit.SECONDS).statusCode());
    }

    @Test
    void whatIsWrongIsAProblemAlsoForAStream() {
        for (String accept : List.of("application/json", "text/event-stream")) {
            given().accept(accept)
                    .get("/v1/jobs/nobody/events")
                    .then()
                    .statusCode(404)
                    .contentType("application/problem+json");
            given().accept(accept)
                    .get("/v1/jobs/nobody/events?after=-1&befor=3")
                    .then()
                    .statusCode(400)
                    .body("errors.param", equalTo(List.of("after", "befor")));
        }
        given().accept("text/event-stream")
                .header("Last-Event-ID", "three")
                .get("/v1/jobs/nobody/events")
                .then()
                .statusCode(400)
                .body("detail", containsString("three"));
    }

    @Test
    void manyWatchersHoldNoThreads() {
        String id = Requests.submitted();
        int before = Thread.activeCount();
        List<CompletableFuture<HttpResponse<Stream<String>>>> watchers =
                Stream.generate(() -> stream(id, null)).limit(300).toList();
        watchers.forEach(CompletableFuture::join);
        assertTrue(serverThreads() < 100, "threads: " + serverThreads() + ", before " + before);
        Requests.submitted();
        watchers.forEach(watcher -> watcher.join().body().close());
    }

    private static long serverThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("executor-thread")
                        || thread.getName().startsWith("vert.x"))
                .count();
    }

    /** Claims until it gets the job, as a runner does; others of this test class wait in the same queue. */
    private void run(String id, java.util.function.Consumer<JobQueue.Sink> work) {
        while (true) {
            JobQueue.Claim claim = queue.claim("test").orElseThrow();
            try (JobQueue.Sink sink = claim.sink()) {
                sink.emit(new JobEvent.Started("cpu", "fp32", 0, "test"));
                if (claim.jobId().equals(id)) {
                    work.accept(sink);
                    return;
                }
                sink.emit(new JobEvent.Cancelled(0, null));
            }
        }
    }

    private CompletableFuture<HttpResponse<Stream<String>>> stream(
            String id, @org.jspecify.annotations.Nullable String lastEventId) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://localhost:%d/v1/jobs/%s/events".formatted(RestAssured.port, id)))
                .header("Accept", "text/event-stream");
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofLines());
    }

    private static List<Message> messages(List<String> lines) {
        List<String> copy;
        synchronized (lines) {
            copy = List.copyOf(lines);
        }
        return Stream.of(String.join("\n", copy).split("\n\n"))
                .map(block -> new Message(field(block, "id:"), field(block, "data:")))
                .filter(message -> !message.id().isEmpty())
                .toList();
    }

    private static String field(String block, String name) {
        return block.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()))
                .findFirst()
                .orElse("");
    }
}
