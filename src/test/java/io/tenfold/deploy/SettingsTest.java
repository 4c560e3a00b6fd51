package io.tenfold.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every setting of docs/operations.md can be given by the chart: by a value of its own, or under `settings`. */
class SettingsTest {

    /** Settings with a value of their own, or that a manifest gives because its pods need them so. */
    private static final Map<String, Map<String, String>> OWN = Map.ofEntries(
            Map.entry("tenfold.cluster", Map.of()),
            Map.entry("tenfold.deployment", Map.of("deployment", "x")),
            Map.entry("tenfold.roles", Map.of()),
            Map.entry("tenfold.work-dir", Map.of()),
            Map.entry("tenfold.device", Map.of("runner.device", "gpu")),
            Map.entry("tenfold.threads", Map.of()),
            Map.entry("tenfold.worker.shutdown-budget", Map.of("runner.shutdownBudgetSeconds", "30")),
            Map.entry("tenfold.kafka.group", Map.of("kafka.group", "x")),
            Map.entry("tenfold.topics.requests", Map.of("kafka.requestsTopic", "x")),
            Map.entry("tenfold.storage.s3.endpoint", Map.of("s3.endpoint", "https://x")),
            Map.entry("tenfold.storage.s3.region", Map.of("s3.region", "x")),
            Map.entry("tenfold.storage.s3.access-key", Map.of("s3.existingSecret", "x")),
            Map.entry("tenfold.storage.s3.secret-key", Map.of("s3.existingSecret", "x")),
            Map.entry("tenfold.storage.cache-dir", Map.of()),
            Map.entry("tenfold.storage.hub.token", secret("TENFOLD_STORAGE_HUB_TOKEN")),
            Map.entry("tenfold.registry.token", secret("TENFOLD_REGISTRY_TOKEN")),
            Map.entry("tenfold.storage.cache-max-size", Map.of("cache.maxSize", "9G")));

    /** Said by the command line of a Job, or different in every pod. */
    private static final Set<String> NEVER = Set.of("tenfold.worker.once", "tenfold.worker.name");

    private static Map<String, String> secret(String variable) {
        return Map.of(
                "extraEnv[0].name", variable,
                "extraEnv[0].valueFrom.secretKeyRef.name", "x",
                "extraEnv[0].valueFrom.secretKeyRef.key", "x");
    }

    /** The names of credentials, too, for the template says better than a schema where those go. */
    @Test
    void theSchemaNamesEveryOtherSetting() {
        Set<String> wanted = documented();
        OWN.forEach((setting, values) -> {
            if (!values.containsKey("extraEnv[0].name")) {
                wanted.remove(setting);
            }
        });
        wanted.removeAll(NEVER);
        Set<String> named = new TreeSet<>();
        schemaOfSettings()
                .path("propertyNames")
                .path("anyOf")
                .get(0)
                .path("enum")
                .forEach(key -> named.add(key.asText()));
        assertEquals(wanted, named, "helm/tenfold/values.schema.json, settings.propertyNames, lists each setting");
    }

    @Test
    void whatStandsUnderSettingsReachesTheEnvironment() {
        Map<String, String> values = new HashMap<>();
        Set<String> wanted = documented();
        wanted.removeAll(OWN.keySet());
        wanted.removeAll(NEVER);
        wanted.forEach(setting -> values.put("settings." + setting.replace(".", "\\."), "1"));
        JsonNode data = Manifests.find(ChartTest.with(values), "ConfigMap", "tenfold")
                .orElseThrow()
                .path("data");
        wanted.forEach(setting ->
                assertEquals("1", data.path(Environment.variable(setting)).asText(), setting));
    }

    @Test
    void settingsWithAValueOfTheirOwnReachTheEnvironment() {
        OWN.forEach((setting, values) -> {
            Map<String, String> all = new HashMap<>(values);
            all.put("scaling.mode", "fixed");
            assertTrue(variables(ChartTest.with(all)).contains(Environment.variable(setting)), setting);
        });
    }

    private static Set<String> documented() {
        return Environment.settings().stream()
                .filter(key -> key.startsWith("tenfold."))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> variables(List<ObjectNode> objects) {
        Set<String> names = new TreeSet<>();
        Manifests.ofKind(objects, "ConfigMap")
                .forEach(map -> map.path("data").fieldNames().forEachRemaining(names::add));
        Manifests.withPods(objects)
                .flatMap(object -> Manifests.elements(Manifests.podTemplate(object)
                        .path("spec")
                        .path("containers")
                        .path(0)
                        .path("env")))
                .forEach(variable -> names.add(variable.path("name").asText()));
        return names;
    }

    private static JsonNode schemaOfSettings() {
        return Manifests.parse(Manifests.text(ChartTest.CHART.resolve("values.schema.json")))
                .getFirst()
                .path("properties")
                .path("settings");
    }
}
