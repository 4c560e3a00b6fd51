package io.tenfold.messaging;

import static io.tenfold.messaging.Records.header;
import static io.tenfold.messaging.Records.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.Matchers.hasItems;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.tenfold.job.IntakeLag;
import io.tenfold.job.JobCommand;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobIntake;
import io.tenfold.job.JobState;
import io.tenfold.job.RequestPublisher;
import io.tenfold.jobstate.Requests;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@QuarkusTest
@TestProfile(Gateway.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GatewayTest {

    private static final String REQUESTS = "tenfold.requests";
    private static final String COMMANDS = "tenfold.commands";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Inject
    JobDirectory directory;

    @Inject
    JobIntake intake;

    @Inject
    RequestPublisher publisher;

    @Inject
    IntakeLag lag;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap = "";

    Map<String, Runnable> outages = Map.of();

    @Test
    void aPlainRequestBecomesAJobAndItsEventsComeOutInOrder() {
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        records().send(REQUESTS, null, bytes(Requests.lora("plain")), "traceparent", trace, "tracestate", "vendor=7");
        publisher.publish("plain", JobCommand.CANCEL);
        awaitState("plain", JobState.CANCELLED);
        var events = eventsOf("plain", 2);
        assertEquals(
                List.of("plain/1", "plain/2"),
                events.stream().map(e -> json(e).path("id").asText()).toList());
        ConsumerRecord<byte[], byte[]> first = events.getFirst();
        assertEquals("plain", new String(first.key(), UTF_8));
        assertEquals("application/cloudevents+json; charset=UTF-8", header(first, "content-type"));
        assertEquals("io.tenfold.job.accepted.v1", header(first, "ce_type"));
        assertEquals(trace, header(first, "traceparent"));
        assertEquals("vendor=7", header(first, "tracestate"));
        JsonNode event = json(first);
        assertEquals("1.0", event.path("specversion").asText());
        assertEquals("/tenfold/tenfold", event.path("source").asText());
        assertEquals("plain", event.path("subject").asText());
        assertEquals(1, event.path("data").path("seq").asInt());
    }

    @Test
    void everyPartitionHasACommittedPositionBeforeARecordComes() {
        Awaitility.await().atMost(PATIENCE).until(() -> records().hasPositions(REQUESTS, "tenfold"));
        Awaitility.await().atMost(PATIENCE).until(() -> records().hasPositions(COMMANDS, "tenfold"));
    }

    @Test
    void cloudEventsAreReadInBothFormsAndTheKeyIsTheLastResort() {
        ObjectNode body = Requests.lora("unused");
        body.remove("id");
        ObjectNode structured = JsonNodeFactory.instance
                .objectNode()
                .put("specversion", "1.0")
                .put("id", "structured")
                .put("source", "/test")
                .put("type", "request");
        structured.set("data", body);
        records().send(REQUESTS, null, bytes(structured), "content-type", "application/cloudevents+json");
        records().send(REQUESTS, "ignored", bytes(body), "ce_id", "binary", "ce_specversion", "1.0");
        records().send(REQUESTS, "by-key", bytes(body));
        for (String id : List.of("structured", "binary", "by-key")) {
            awaitState(id, JobState.QUEUED);
        }
    }

    @Test
    void aCommandWaitsForItsJob() {
        publisher.publish("early", JobCommand.CANCEL);
        Awaitility.await().atMost(PATIENCE).until(() -> records().allCommitted(COMMANDS, "tenfold"));
        publisher.publish("early", Requests.lora("early"), null);
        awaitState("early", JobState.CANCELLED);
    }

    @Test
    void whatNobodyCanActOnIsADeadLetterByteForByte() {
        byte[] word = "{\"job_id\": \"x\", \"command\": \"explode\"}".getBytes(UTF_8);
        List<byte[]> requests = List.of(
                new byte[] {0x7b, (byte) 0xff, 0x00, 0x31},
                "[1, 2]".getBytes(UTF_8),
                "{\"model\": \"x\"}".getBytes(UTF_8),
                "{\"id\": \"a\", \"id\": \"b\"}".getBytes(UTF_8),
                "{\"id\": \"a\\u0000b\"}".getBytes(UTF_8),
                ("\"" + "x".repeat(5_000_000) + "\"").getBytes(UTF_8));
        requests.forEach(value -> records().send(REQUESTS, null, value));
        records().send(COMMANDS, "x", word);
        requests.forEach(value -> checkLetter(value, REQUESTS));
        checkLetter(word, COMMANDS);
    }

    private void checkLetter(byte[] value, String origin) {
        var letter = deadLetter(value);
        assertEquals("bad_request", header(letter, DeadLetters.CODE));
        assertTrue(header(letter, DeadLetters.MESSAGE).length() > 10);
        assertEquals(origin, header(letter, DeadLetters.ORIGIN_TOPIC));
        assertTrue(Integer.parseInt(header(letter, DeadLetters.ORIGIN_PARTITION)) >= 0);
        assertTrue(Long.parseLong(header(letter, DeadLetters.ORIGIN_OFFSET)) >= 0);
    }

    @Test
    void aConflictIsADeadLetterByteForByteAndTheSameBodyIsNot() {
        byte[] other = ("  " + Requests.lora("clash").put("priority", 2)).getBytes(UTF_8);
        records().send(REQUESTS, "k", Requests.lora("clash").toPrettyString().getBytes(UTF_8));
        records().send(REQUESTS, "k", bytes(Requests.lora("clash")));
        records().send(REQUESTS, "k", other, "own", "header");
        var letter = deadLetter(other);
        assertEquals("conflict", header(letter, DeadLetters.CODE));
        assertEquals("header", header(letter, "own"));
        assertArrayEquals("k".getBytes(UTF_8), letter.key());
        assertEquals(1, directory.events("clash", 0, 10).size());
    }

    @Test
    void aRequestOfFiveMegabytesIsRejectedAndATombstoneIgnored() {
        ObjectNode huge = Requests.lora("five-megabytes");
        huge.putObject("metadata").put("essay", "x".repeat(5_000_000));
        records().send(REQUESTS, "five-megabytes", null);
        publisher.publish("five-megabytes", huge, null);
        awaitState("five-megabytes", JobState.REJECTED);
        assertEquals(
                "io.tenfold.job.rejected.v1",
                json(eventsOf("five-megabytes", 1).getFirst()).path("type").asText());
    }

    @Test
    @Order(Integer.MAX_VALUE - 1)
    void theDatabaseGoesAwayDuringIntakeAndNothingIsLost() {
        outage("database goes away");
        for (int i = 0; i < 20; i++) {
            publisher.publish("outage-" + i, Requests.lora("outage-" + i), null);
        }
        Awaitility.await().pollDelay(Duration.ofSeconds(4)).until(() -> true);
        RestAssured.get("/q/health/live").then().statusCode(200).body("checks.name", hasItems("relay", "runner"));
        RestAssured.get("/q/health/ready").then().statusCode(503);
        assertTrue(lag.records().getOrDefault(REQUESTS, 0L) >= 20, () -> "lag of " + lag.records());
        outage("database comes back");
        for (int i = 0; i < 20; i++) {
            awaitState("outage-" + i, JobState.QUEUED);
            eventsOf("outage-" + i, 1);
            assertEquals(1, directory.events("outage-" + i, 0, 10).size());
        }
        Awaitility.await().atMost(PATIENCE).until(() -> lag.records().equals(Map.of(REQUESTS, 0L, COMMANDS, 0L)));
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void theBrokerGoesAwayAndEventsComeOutInOrderWhenItIsBack() {
        publisher.publish("patient", Requests.lora("patient"), null);
        awaitState("patient", JobState.QUEUED);
        eventsOf("patient", 1);
        outage("broker goes away");
        intake.command("patient", JobCommand.PAUSE);
        intake.command("patient", JobCommand.RESUME);
        intake.command("patient", JobCommand.PAUSE);
        intake.command("patient", JobCommand.CANCEL);
        Awaitility.await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
        RestAssured.get("/q/health/live").then().statusCode(200);
        outage("broker comes back");
        var numbers = eventsOf("patient", 4).stream()
                .map(e -> json(e).path("data").path("seq").asInt())
                .distinct()
                .toList();
        assertEquals(List.of(1, 2, 3, 4), numbers);
        publisher.publish("after", Requests.lora("after"), null);
        awaitState("after", JobState.QUEUED);
    }

    private void outage(String what) {
        Objects.requireNonNull(outages.get(what)).run();
    }

    private Records records() {
        return new Records(bootstrap);
    }

    private static byte[] bytes(JsonNode json) {
        return json.toString().getBytes(UTF_8);
    }

    private void awaitState(String id, JobState state) {
        Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> directory.find(id).map(JobDirectory.JobView::state).equals(Optional.of(state)));
    }

    private List<ConsumerRecord<byte[], byte[]>> eventsOf(String id, int atLeast) {
        return records().read("tenfold.events", atLeast, record -> new String(record.key(), UTF_8).equals(id));
    }

    private ConsumerRecord<byte[], byte[]> deadLetter(byte[] value) {
        return records()
                .read("tenfold.requests.dlq", 1, record -> Arrays.equals(record.value(), value))
                .getFirst();
    }
}
