package io.tenfold.messaging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.SpecificationVersion;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tenfold.contract.Contract;
import io.tenfold.job.Role;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class SchemaRegistryTest {

    private static final TopicsConfig TOPICS =
            new SmallRyeConfigBuilder().withMapping(TopicsConfig.class).build().getConfigMapping(TopicsConfig.class);

    private static final byte[] BODY = "{\"id\": \"framed\"}".getBytes(UTF_8);

    private static SchemaRegistry registry(Role role, Map<String, String> settings) throws InterruptedException {
        SchemaRegistry registry =
                new SchemaRegistry(RegistryServer.settings(settings), TOPICS, Optional.of(List.of(role)));
        registry.start(new StartupEvent());
        return registry;
    }

    @Test
    void schemasLieWhereSerializersLookAndEventsNameTheirs() throws InterruptedException {
        try (RegistryServer server = new RegistryServer()) {
            var registry = registry(Role.RELAY, Map.of("tenfold.registry.url", server.url() + "/"));
            assertEquals(
                    Set.of(
                            "default/tenfold.requests-value",
                            "default/tenfold.commands-value",
                            "default/tenfold.events-value"),
                    server.schemas.keySet());
            assertArrayEquals(new byte[] {0, 0, 0, 0, 0, 0, 0, 3}, registry.eventsSchema());
        }
    }

    @Test
    void aRegistryThatIsAwayIsAskedAgainWithTheTokenAndInTheGroupOfTheSettings() throws InterruptedException {
        try (RegistryServer server = new RegistryServer(503, 429)) {
            Map<String, String> settings = new HashMap<>(Map.of("tenfold.registry.url", server.url()));
            settings.put("tenfold.registry.group", "ml");
            settings.put("tenfold.registry.token", "secret");
            var registry = registry(Role.INTAKE, settings);
            Awaitility.await().until(() -> registry.eventsSchema() != null);
            assertTrue(server.schemas.containsKey("ml/tenfold.events-value"));
            assertEquals("Bearer secret", server.authorization);
        }
    }

    @Test
    void whatTheRegistryRefusesIsLeftOutAndTheOthersAreNot() throws InterruptedException {
        try (RegistryServer server = new RegistryServer(409)) {
            registry(Role.RELAY, Map.of("tenfold.registry.url", server.url()));
            assertEquals(
                    Set.of("default/tenfold.commands-value", "default/tenfold.events-value"), server.schemas.keySet());
        }
    }

    @Test
    void aRunnerAndASystemWithoutRegistryAskNobody() throws InterruptedException {
        try (RegistryServer server = new RegistryServer()) {
            assertNull(registry(Role.RUNNER, Map.of("tenfold.registry.url", server.url()))
                    .eventsSchema());
            assertNull(registry(Role.RELAY, Map.of()).eventsSchema());
            assertTrue(server.schemas.isEmpty());
        }
    }

    @Test
    void theEventsSchemaStandsAloneAndJudgesAsTheFilesDo() {
        JsonNode whole = Objects.requireNonNull(ContractSchemas.byTopic(TOPICS).get(TOPICS.events()));
        whole.findValues("$ref")
                .forEach(reference ->
                        assertFalse(whole.at(reference.asText().substring(1)).isMissingNode(), reference.asText()));
        var schema = com.networknt.schema.SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(whole.toString());
        JsonNode rejected = event("rejected", """
                {"errors": [%1$s], "error": %1$s, "job_id": "a", "seq": 1, "attempt": 0, "at": "2026-01-01T00:00:00Z"}""".formatted("""
                {"code": "bad_request", "message": "no", "param": "method", "retryable": false}"""));
        JsonNode wrong = event("rejected", """
                {"errors": "none", "job_id": "a", "seq": 1, "attempt": 0, "at": "2026-01-01T00:00:00Z"}""");
        assertEquals(List.of(), Contract.errors("event.schema.json", rejected));
        assertEquals(List.of(), schema.validate(rejected));
        assertEquals(
                Contract.errors("event.schema.json", wrong).size(),
                schema.validate(wrong).size());
        assertFalse(schema.validate(wrong).isEmpty());
    }

    private static JsonNode event(String kind, String data) {
        return Contract.json("""
                {"specversion": "1.0", "id": "a/1", "source": "/tenfold/test", "type": "io.tenfold.job.%s.v1", "subject": "a",
                 "time": "2026-01-01T00:00:00Z", "datacontenttype": "application/json", "data": %s}""".formatted(kind, data));
    }

    @Test
    void aRecordIsReadBehindTheNumberOfItsSchema() {
        for (byte[] number : List.of(
                ByteBuffer.allocate(4).putInt(7).array(),
                ByteBuffer.allocate(8).putLong(7).array(),
                ByteBuffer.allocate(8).putLong(0x7a000000L).array())) {
            assertEquals(
                    "framed",
                    assertInstanceOf(Decoded.Body.class, decode(number, BODY)).id());
        }
    }

    @Test
    void whatIsNoJsonBehindTheNumberIsSaidToBeSo() {
        byte[] avro = {2, 4, 6, 8};
        var refused = assertInstanceOf(
                Decoded.Undecodable.class,
                decode(ByteBuffer.allocate(4).putInt(7).array(), avro));
        assertTrue(refused.message().contains("send JSON"), refused.message());
    }

    private static Decoded decode(byte[] number, byte[] body) {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.write(0);
        value.writeBytes(number);
        value.writeBytes(body);
        return RecordDecoder.decode(new ConsumerRecord<>("requests", 0, 0, null, value.toByteArray()), "id");
    }
}
