package io.tenfold.web;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The OpenAPI document names every address, with words and answers. */
@QuarkusTest
@WithTestResource(Gateway.class)
class ApiDocumentTest {

    @Test
    void everyAddressIsDescribed() throws JsonProcessingException {
        JsonNode document = new ObjectMapper()
                .readTree(given().accept("application/json").get("/q/openapi").asString());
        Set<String> paths = new TreeSet<>();
        document.path("paths").fieldNames().forEachRemaining(paths::add);
        assertEquals(
                Set.of(
                        "/v1/jobs",
                        "/v1/jobs/{id}",
                        "/v1/jobs/{id}/events",
                        "/v1/jobs/{id}/cancel",
                        "/v1/jobs/{id}/pause",
                        "/v1/jobs/{id}/resume"),
                paths);
        for (JsonNode path : document.path("paths")) {
            for (String method : Set.of("get", "post")) {
                if (path.has(method)) {
                    JsonNode operation = path.path(method);
                    assertFalse(operation.path("summary").asText().isBlank(), path::toString);
                    assertFalse(operation.path("tags").isEmpty(), path::toString);
                    assertTrue(
                            operation.path("responses").has("200")
                                    || operation.path("responses").has("202"),
                            path::toString);
                }
            }
        }
        JsonNode submit = document.at("/paths/~1v1~1jobs/post");
        assertTrue(submit.path("responses").has("409"));
        assertEquals(
                "sst2-lora-7",
                submit.at("/requestBody/content/application~1json/example/id").asText());
        JsonNode events = document.at("/paths/~1v1~1jobs~1{id}~1events/get/responses/200/content");
        assertTrue(events.has("application/json") && events.has("text/event-stream"));
        assertEquals("Tenfold", document.at("/info/title").asText());
    }
}
