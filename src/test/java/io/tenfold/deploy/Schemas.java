package io.tenfold.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Kubernetes' own schemas and those of the custom resources, closed: a field that they don't name is refused. */
final class Schemas {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final ObjectNode KUBERNETES = read("kubernetes_v1.36.json").orElseThrow();
    private static final Map<String, Schema> SEEN = new ConcurrentHashMap<>();

    static {
        KUBERNETES.path("$defs").forEach(Schemas::close);
    }

    private Schemas() {}

    /** What the object's schema has against it; an object without a schema is one mistake. */
    static List<String> errors(JsonNode object) {
        String type = object.path("apiVersion").asText() + "/" + Manifests.kind(object);
        if (schema(type).isEmpty()) {
            return List.of("no schema is known for " + type);
        }
        return SEEN
                .computeIfAbsent(type, key -> REGISTRY.getSchema(schema(key).orElseThrow()))
                .validate(object)
                .stream()
                .map(error -> Manifests.id(object) + ": " + error)
                .toList();
    }

    private static Optional<JsonNode> schema(String type) {
        JsonNode builtIn = KUBERNETES.path("kinds").path(type);
        if (!builtIn.isMissingNode()) {
            ObjectNode schema = JSON.createObjectNode().put("$ref", "#/$defs/" + builtIn.asText());
            schema.set("$defs", KUBERNETES.path("$defs"));
            return Optional.of(schema);
        }
        return read(type.replace('/', '_') + ".json").map(Schemas::ofCustomResource);
    }

    private static JsonNode ofCustomResource(ObjectNode schema) {
        schema.withObject("/properties")
                .putObject("metadata")
                .put("$ref", "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
        close(schema);
        schema.set("$defs", KUBERNETES.path("$defs"));
        return schema;
    }

    /** A server drops fields that a schema does not name, and says so only if asked strictly. */
    private static void close(JsonNode schema) {
        if (!(schema instanceof ObjectNode object)) {
            return;
        }
        if (object.path("properties").isObject()
                && !object.has("additionalProperties")
                && !object.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
            object.put("additionalProperties", false);
        }
        // Below anyOf and the like stand parts of a schema, which name some of its fields.
        for (String inner : List.of("items", "additionalProperties")) {
            close(object.path(inner));
        }
        object.path("properties").forEach(Schemas::close);
    }

    private static Optional<ObjectNode> read(String file) {
        try (InputStream stream = Schemas.class.getResourceAsStream("/crd/" + file)) {
            return stream == null ? Optional.empty() : Optional.of((ObjectNode) JSON.readTree(stream));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
