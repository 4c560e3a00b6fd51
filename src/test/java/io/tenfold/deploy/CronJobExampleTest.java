package io.tenfold.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The CronJob among the producers is copied into clusters, so it keeps to what our own pods keep to. */
class CronJobExampleTest {

    private static final Path FOLDER = Path.of("examples/producers/cronjob");
    private static final Pattern SETTING = Pattern.compile("setting\\([\"']([A-Z0-9_]+)[\"'](,)?");

    /** The CronJob, and the ConfigMap that kustomize makes of files, without the hash in its name. */
    static List<ObjectNode> objects() {
        JsonNode kustomization = Manifests.parse(Manifests.text(FOLDER.resolve("kustomization.yaml")))
                .getFirst();
        List<ObjectNode> objects = new ArrayList<>();
        kustomization
                .path("resources")
                .forEach(file -> objects.addAll(Manifests.parse(Manifests.text(FOLDER.resolve(file.asText())))));
        for (JsonNode generator : kustomization.path("configMapGenerator")) {
            ObjectNode map =
                    Manifests.YAML.createObjectNode().put("apiVersion", "v1").put("kind", "ConfigMap");
            map.putObject("metadata").put("name", generator.path("name").asText());
            ObjectNode data = map.putObject("data");
            generator
                    .path("files")
                    .forEach(file -> data.put(file.asText(), Manifests.text(FOLDER.resolve(file.asText()))));
            objects.add(map);
        }
        return objects;
    }

    @Test
    void theExampleKeepsToSchemasAndPolicies() {
        assertEquals(List.of(), Checks.broken(objects()));
    }

    @Test
    void theScriptIsToldWhatItAsksFor() {
        Set<String> given = objects().getFirst().findValue("env").findValuesAsText("name").stream()
                .filter(name -> name.equals(name.toUpperCase(Locale.ROOT)))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> asked = new TreeSet<>();
        Matcher settings = SETTING.matcher(Manifests.text(FOLDER.resolve("retrain_when_new.py")));
        while (settings.find()) {
            asked.add(settings.group(1));
            assertTrue(settings.group(2) != null || given.contains(settings.group(1)), settings.group(1));
        }
        assertEquals(asked, given);
    }
}
