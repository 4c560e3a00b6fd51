package io.tenfold.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.zjsonpatch.JsonPatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Renders what lies in k8s with those features of kustomize that stand there: resources, components, patches (RFC 6902, and
 * merges of plain maps), labels and images, in kustomize's order. Whatever else a kustomization says is refused, so nothing is
 * rendered half. {@link OverlaysTest} holds the result against what kustomize itself made.
 */
final class Kustomization {

    private static final Set<String> FIELDS =
            Set.of("apiVersion", "kind", "resources", "components", "patches", "labels", "images");

    private final Path folder;
    private final JsonNode file;
    private final List<ObjectNode> objects;

    private Kustomization(Path folder, List<ObjectNode> objects) {
        this.folder = folder;
        this.file = Manifests.parse(Manifests.text(folder.resolve("kustomization.yaml")))
                .getFirst();
        this.objects = objects;
    }

    static List<ObjectNode> render(Path folder) {
        return new Kustomization(folder, new ArrayList<>()).as("Kustomization");
    }

    private List<ObjectNode> as(String kind) {
        only(file, FIELDS);
        if (!Manifests.kind(file).equals(kind)) {
            throw new IllegalArgumentException("%s is no %s".formatted(folder, kind));
        }
        for (JsonNode resource : file.path("resources")) {
            add(resources(folder.resolve(resource.asText()).normalize()));
        }
        for (JsonNode component : file.path("components")) {
            new Kustomization(folder.resolve(component.asText()).normalize(), objects).as("Component");
        }
        file.path("patches").forEach(this::patch);
        file.path("labels").forEach(this::label);
        file.path("images").forEach(image -> objects.forEach(object -> image(image, object)));
        return objects;
    }

    private static List<ObjectNode> resources(Path path) {
        return Files.isDirectory(path) ? render(path) : Manifests.parse(Manifests.text(path));
    }

    private void add(List<ObjectNode> more) {
        for (ObjectNode object : more) {
            if (objects.stream().anyMatch(other -> Manifests.id(other).equals(Manifests.id(object)))) {
                throw new IllegalArgumentException("%s stands twice in %s".formatted(Manifests.id(object), folder));
            }
            objects.add(object);
        }
    }

    private void patch(JsonNode patch) {
        only(patch, Set.of("target", "patch", "path"));
        JsonNode target = patch.path("target");
        if (target.isMissingNode()) {
            Manifests.parse(Manifests.text(folder.resolve(patch.path("path").asText())))
                    .forEach(this::merge);
            return;
        }
        only(target, Set.of("kind", "name"));
        JsonNode operations = operations(patch.path("patch").asText());
        // A target that is not there is no mistake: a component serves Deployments and ScaledJobs.
        objects.replaceAll(object ->
                matches(target, "kind", Manifests.kind(object)) && matches(target, "name", Manifests.name(object))
                        ? (ObjectNode) JsonPatch.apply(operations, object)
                        : object);
    }

    private static boolean matches(JsonNode target, String field, String value) {
        return !target.has(field) || target.path(field).asText().equals(value);
    }

    private static JsonNode operations(String text) {
        try {
            return Manifests.YAML.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void merge(ObjectNode patch) {
        ObjectNode object = Manifests.find(objects, Manifests.kind(patch), Manifests.name(patch))
                .orElseThrow(() -> new IllegalArgumentException("nothing is called " + Manifests.id(patch)));
        merge(object, patch);
    }

    private static void merge(ObjectNode object, ObjectNode patch) {
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            JsonNode value = field.getValue();
            if (value.isArray() || value.isNull() || field.getKey().startsWith("$")) {
                throw new IllegalArgumentException(
                        "%s: how lists and removals merge depends on the type; write a JSON patch"
                                .formatted(field.getKey()));
            }
            if (value instanceof ObjectNode inner && object.get(field.getKey()) instanceof ObjectNode outer) {
                merge(outer, inner);
            } else {
                object.set(field.getKey(), value);
            }
        }
    }

    private void label(JsonNode label) {
        only(label, Set.of("pairs"));
        for (ObjectNode object : objects) {
            ObjectNode labels = object.withObject("/metadata").withObject("/labels");
            label.path("pairs").properties().forEach(pair -> labels.set(pair.getKey(), pair.getValue()));
        }
    }

    /** Containers at any depth, as kustomize finds them. */
    private static void image(JsonNode image, JsonNode tree) {
        only(image, Set.of("name", "newName", "newTag"));
        for (String list : List.of("containers", "initContainers")) {
            if (tree.path(list) instanceof ArrayNode containers) {
                containers.forEach(container -> rename(image, (ObjectNode) container));
            }
        }
        tree.forEach(inner -> image(image, inner));
    }

    private static void rename(JsonNode image, ObjectNode container) {
        if (container.path("image").asText().equals(image.path("name").asText())) {
            container.put(
                    "image",
                    image.path("newName").asText() + ":" + image.path("newTag").asText());
        }
    }

    private static void only(JsonNode node, Set<String> fields) {
        node.fieldNames().forEachRemaining(field -> {
            if (!fields.contains(field)) {
                throw new IllegalArgumentException(
                        "%s is a field that this renderer does not know; it knows %s".formatted(field, fields));
            }
        });
    }
}
