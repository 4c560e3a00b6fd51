package io.tenfold.messaging;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The contract's JSON Schemas as the program carries them, each in one piece: a registry knows nothing of files beside it. */
final class ContractSchemas {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String REFERENCE = "$ref";
    private static final String DEFINITIONS = "$defs";
    private static final String SUFFIX = ".schema.json";

    private ContractSchemas() {}

    /** What stands on each topic that has a schema. */
    static Map<String, JsonNode> byTopic(TopicsConfig topics) {
        Map<String, JsonNode> schemas = new LinkedHashMap<>();
        schemas.put(topics.requests(), read("request" + SUFFIX));
        schemas.put(topics.commands(), read("command" + SUFFIX));
        schemas.put(topics.events(), events());
        return schemas;
    }

    /** Envelope and kinds of events: each file that the envelope names becomes a definition of its own. */
    private static JsonNode events() {
        ObjectNode envelope = (ObjectNode) read("event" + SUFFIX);
        ObjectNode definitions = JSON.createObjectNode();
        for (JsonNode choice : envelope.path("allOf")) {
            ObjectNode data =
                    (ObjectNode) choice.path("then").path("properties").path("data");
            String file = data.path(REFERENCE).asText();
            String kind = file.substring(file.lastIndexOf('/') + 1, file.length() - SUFFIX.length());
            ObjectNode schema = (ObjectNode) read(file);
            schema.remove("$schema");
            JsonNode own = schema.remove(DEFINITIONS);
            if (own != null) {
                definitions.setAll((ObjectNode) own);
            }
            definitions.set(kind, schema);
            data.put(REFERENCE, "#/" + DEFINITIONS + "/" + kind);
        }
        envelope.set(DEFINITIONS, definitions);
        return envelope;
    }

    private static JsonNode read(String file) {
        String name = "/contract/" + file;
        try (InputStream in = ContractSchemas.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its own " + name);
            }
            return JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }
}
