package io.tenfold.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Names of environment variables, and the settings that they stand for. */
final class Environment {

    private static final Pattern KEY = Pattern.compile("`([a-z0-9]+\\.[a-z0-9.-]+)`");

    /** What the program does not read itself: the JVM, OpenMP, and clients' own settings behind a prefix. */
    private static final Pattern OTHERS = Pattern.compile(
            "J(AVA_TOOL|DK_JAVA)_OPTIONS|OMP_WAIT_POLICY|HF_HUB_.*|AWS_.*|(KAFKA|QUARKUS|OTEL)_[A-Z0-9_]+");

    private Environment() {}

    /** Variables that nothing reads. */
    static List<String> broken(List<ObjectNode> objects) {
        Set<String> known = settings().stream().map(Environment::variable).collect(Collectors.toSet());
        return Stream.concat(
                        Manifests.withPods(objects)
                                .flatMap(object -> Manifests.elements(Manifests.podTemplate(object)
                                        .path("spec")
                                        .path("containers")))
                                .filter(container ->
                                        container.path("name").asText().equals("tenfold"))
                                .flatMap(container -> Manifests.elements(container.path("env")))
                                .map(variable -> variable.path("name").asText()),
                        Manifests.find(objects, "ConfigMap", "tenfold").stream()
                                .flatMap(map -> names(map.path("data"))))
                .filter(name -> !known.contains(name) && !OTHERS.matcher(name).matches())
                .map(name -> name + " is no setting of docs/operations.md")
                .toList();
    }

    /** What a container finds in its environment; a variable from elsewhere has {@code from …} as its value. */
    static Map<String, String> of(List<ObjectNode> objects, JsonNode container) {
        Map<String, String> environment = new HashMap<>();
        for (JsonNode from : container.path("envFrom")) {
            Manifests.find(
                            objects,
                            "ConfigMap",
                            from.path("configMapRef").path("name").asText())
                    .ifPresent(map -> map.path("data")
                            .properties()
                            .forEach(pair -> environment.put(
                                    pair.getKey(), pair.getValue().asText())));
        }
        for (JsonNode variable : container.path("env")) {
            environment.put(
                    variable.path("name").asText(),
                    variable.path("value").asText("from " + variable.path("valueFrom")));
        }
        return environment;
    }

    private static Stream<String> names(JsonNode map) {
        return map.properties().stream().map(Map.Entry::getKey);
    }

    /** Every key in the tables of docs/operations.md. */
    static Set<String> settings() {
        return Manifests.text(Path.of("docs/operations.md"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|", -1)[1])
                .flatMap(cell -> KEY.matcher(cell).results().map(key -> key.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** As MicroProfile Config looks for it: {@code tenfold.work-dir} is {@code TENFOLD_WORK_DIR}. */
    static String variable(String setting) {
        return setting.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }
}
