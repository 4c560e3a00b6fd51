package io.tenfold.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The AsyncAPI document names the four topics and refers to what is there. */
class AsyncApiTest {

    private final JsonNode document = read();

    @Test
    void itIsAsyncApi3WithTheFourTopics() {
        assertEquals("3.0.0", document.path("asyncapi").textValue());
        assertEquals(
                Set.of("tenfold.requests", "tenfold.commands", "tenfold.events", "tenfold.requests.dlq"),
                Set.copyOf(document.path("channels").findValuesAsText("address")));
        document.path("operations").forEach(operation -> {
            assertTrue(
                    Set.of("send", "receive").contains(operation.path("action").asText()));
            assertTrue(operation.at("/channel/$ref").isTextual());
        });
        assertEquals(4, document.path("operations").size());
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<String> references = document.findValuesAsText("$ref");
        assertFalse(references.isEmpty());
        for (String reference : references) {
            if (reference.startsWith("#")) {
                assertFalse(document.at(reference.substring(1)).isMissingNode(), reference);
            } else {
                assertTrue(Files.isRegularFile(Contract.FOLDER.resolve(reference)), reference);
            }
        }
    }

    @Test
    void everySchemaIsReferredToOrPartOfTheArtifacts() throws IOException {
        try (Stream<Path> files = Files.list(Contract.FOLDER)) {
            List<String> unused = files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".schema.json"))
                    .filter(name -> !document.findValuesAsText("$ref").contains(name))
                    .sorted()
                    .toList();
            assertEquals(List.of("manifest.schema.json", "owner.schema.json"), unused);
        }
    }

    @Test
    void commandsAreAsTheSchemaSays() {
        assertEquals(
                List.of(),
                Contract.errors("command.schema.json", Contract.json("{\"job_id\": \"a\", \"command\": \"resume\"}")));
        assertFalse(Contract.errors("command.schema.json", Contract.json("{\"job_id\": \"a\", \"command\": \"stop\"}"))
                .isEmpty());
    }

    private static JsonNode read() {
        try {
            return new YAMLMapper()
                    .readTree(Contract.FOLDER.resolve("asyncapi.yaml").toFile());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
