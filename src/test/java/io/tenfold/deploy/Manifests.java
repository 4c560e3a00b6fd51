package io.tenfold.deploy;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Objects of Kubernetes as trees. */
final class Manifests {

    static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    private Manifests() {}

    /** The documents of a file that hold something. A key that stands twice is refused. */
    static List<ObjectNode> parse(String text) {
        List<ObjectNode> objects = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(text)) {
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                if (document instanceof ObjectNode object) {
                    objects.add(object);
                } else if (!document.isNull() && !document.isMissingNode()) {
                    throw new IllegalArgumentException("a document is no object: " + document);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return objects;
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String kind(JsonNode object) {
        return object.path("kind").asText();
    }

    static String name(JsonNode object) {
        return object.path("metadata").path("name").asText();
    }

    /** Such as {@code apps/v1/Deployment tenfold-gateway}. */
    static String id(JsonNode object) {
        return "%s/%s %s".formatted(object.path("apiVersion").asText(), kind(object), name(object));
    }

    static Stream<ObjectNode> ofKind(List<ObjectNode> objects, String kind) {
        return objects.stream().filter(object -> kind(object).equals(kind));
    }

    static Optional<ObjectNode> find(List<ObjectNode> objects, String kind, String name) {
        return ofKind(objects, kind).filter(object -> name(object).equals(name)).findFirst();
    }

    /** The pod or the template of pods in an object; missing where there is none. */
    static JsonNode podTemplate(JsonNode object) {
        JsonNode spec = object.path("spec");
        return switch (kind(object)) {
            case "Pod" -> object;
            case "Deployment", "StatefulSet", "Job" -> spec.path("template");
            case "CronJob" -> spec.path("jobTemplate").path("spec").path("template");
            case "ScaledJob" -> spec.path("jobTargetRef").path("template");
            default -> object.path("none");
        };
    }

    static Stream<ObjectNode> withPods(List<ObjectNode> objects) {
        return objects.stream().filter(object -> !podTemplate(object).isMissingNode());
    }

    static Stream<JsonNode> elements(JsonNode array) {
        return Stream.iterate(0, i -> i < array.size(), i -> i + 1).map(array::get);
    }
}
