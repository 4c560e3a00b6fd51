package io.tenfold.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Kinds of operators that do not run here: the API server gets their schemas, so that it reads such objects as strictly as its own. */
final class CustomResources {

    private static final Path SCHEMAS = Path.of("src/test/resources/crd");
    private static final Set<String> OF_THE_CLUSTER = Set.of("ClusterQueue", "ResourceFlavor", "WorkloadPriorityClass");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private CustomResources() {}

    /** Makes the API server know every kind whose schema lies with the tests, but for those that it knows. */
    static List<String> install(Path root, ControlPlane cluster) {
        try (Stream<Path> files = Files.list(root.resolve(SCHEMAS))) {
            List<Path> schemas = files.filter(
                            file -> file.getFileName().toString().matches("[^_]+\\.[^_]+_v.*\\.json"))
                    .filter(file -> !file.getFileName().toString().startsWith("keda.sh"))
                    .filter(file -> !file.getFileName().toString().startsWith("kubernetes"))
                    .sorted()
                    .toList();
            schemas.forEach(file -> cluster.apply(definition(file).toString()));
            return schemas.stream()
                    .map(file -> file.getFileName().toString().replace(".json", ""))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode definition(Path file) {
        String[] parts = file.getFileName().toString().replace(".json", "").split("_", -1);
        String kind = parts[2];
        String singular = kind.toLowerCase(Locale.ROOT);
        String plural = singular + (singular.endsWith("s") ? "es" : "s");
        ObjectNode definition = JSON.createObjectNode()
                .put("apiVersion", "apiextensions.k8s.io/v1")
                .put("kind", "CustomResourceDefinition");
        definition.putObject("metadata").put("name", plural + "." + parts[0]);
        ObjectNode spec = definition
                .putObject("spec")
                .put("group", parts[0])
                .put("scope", OF_THE_CLUSTER.contains(kind) ? "Cluster" : "Namespaced");
        spec.putObject("names").put("kind", kind).put("singular", singular).put("plural", plural);
        ObjectNode version = spec.putArray("versions")
                .addObject()
                .put("name", parts[1])
                .put("served", true)
                .put("storage", true);
        try {
            version.putObject("schema").set("openAPIV3Schema", JSON.readTree(file.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return definition;
    }
}
