package io.tenfold.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Credentials stand in secrets alone, and who asks for one names a secret and a key that somebody makes. */
final class SecretPolicies {

    private static final Pattern CREDENTIAL = Pattern.compile(
            ".*(PASSWORD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|JAAS_CONFIG|(ACCESS|SECRET|PRIVATE|ACCOUNT|API)_KEY|KEYSTORE_KEY|HEADERS)");

    private static final Pattern INSIDE =
            Pattern.compile("://[^/@\\s]+:[^/@\\s]+@|(password|secret|token)=", Pattern.CASE_INSENSITIVE);

    /** The keys that docs/deploy/README.md tells to make, by who reads them: a variable, or a parameter of KEDA's. */
    private static final Map<String, String> KEYS = Map.ofEntries(
            Map.entry("QUARKUS_DATASOURCE_USERNAME", "username"),
            Map.entry("QUARKUS_DATASOURCE_PASSWORD", "password"),
            Map.entry("TENFOLD_STORAGE_S3_ACCESS_KEY", "access-key"),
            Map.entry("TENFOLD_STORAGE_S3_SECRET_KEY", "secret-key"),
            Map.entry("AWS_ACCESS_KEY_ID", "access-key"),
            Map.entry("AWS_SECRET_ACCESS_KEY", "secret-key"),
            Map.entry("KAFKA_SASL_JAAS_CONFIG", "sasl-jaas-config"),
            Map.entry("userName", "username"),
            Map.entry("username", "username"),
            Map.entry("password", "password"),
            Map.entry("ca", "ca.crt"));

    private final List<ObjectNode> objects;
    private final List<String> broken = new ArrayList<>();

    private SecretPolicies(List<ObjectNode> objects) {
        this.objects = objects;
    }

    static List<String> broken(List<ObjectNode> objects) {
        SecretPolicies policies = new SecretPolicies(objects);
        Manifests.ofKind(objects, "ConfigMap").forEach(policies::settings);
        Manifests.withPods(objects).forEach(policies::pod);
        Manifests.ofKind(objects, "TriggerAuthentication").forEach(policies::authentication);
        return policies.broken;
    }

    private void settings(ObjectNode map) {
        map.path("data")
                .properties()
                .forEach(pair -> open(map, pair.getKey(), pair.getValue().asText()));
    }

    private void pod(ObjectNode object) {
        JsonNode pod = Manifests.podTemplate(object).path("spec");
        for (JsonNode container : pod.path("containers")) {
            for (JsonNode variable : container.path("env")) {
                String name = variable.path("name").asText();
                JsonNode secret = variable.path("valueFrom").path("secretKeyRef");
                if (secret.isMissingNode()) {
                    open(object, name, variable.path("value").asText());
                } else {
                    key(object, name, secret);
                }
            }
        }
    }

    private void open(ObjectNode object, String name, String value) {
        boolean given = !value.isEmpty();
        need(!given || !CREDENTIAL.matcher(name).matches(), object, "has the secret %s in the open".formatted(name));
        // A file, such as a dashboard, is not a setting.
        need(
                name.contains(".") || !INSIDE.matcher(value).find(),
                object,
                "has a secret within %s in the open".formatted(name));
    }

    private void authentication(ObjectNode object) {
        for (JsonNode secret : object.path("spec").path("secretTargetRef")) {
            String name = secret.path("name").asText();
            need(read().contains(name), object, "logs in with %s, which no pod reads".formatted(name));
            key(object, secret.path("parameter").asText(), secret);
        }
    }

    private void key(ObjectNode object, String reader, JsonNode secret) {
        String name = secret.path("name").asText();
        String key = secret.path("key").asText();
        need(!name.isEmpty(), object, reader + " comes from a secret without a name");
        need(
                KEYS.getOrDefault(reader, key).equals(key),
                object,
                "reads %s from the key %s, which nobody is told to make".formatted(reader, key));
        Set<String> made = made(name);
        need(
                made.isEmpty() || made.contains(key),
                object,
                "asks the secret %s for %s; it has %s".formatted(name, key, made));
    }

    /** The keys of a secret that is made here; empty where somebody else makes it. */
    private Set<String> made(String name) {
        Stream<String> own = Manifests.find(objects, "Secret", name).stream()
                .flatMap(secret -> Stream.of("data", "stringData").map(secret::path))
                .flatMap(data -> data.properties().stream().map(Map.Entry::getKey));
        Stream<String> fetched = Manifests.find(objects, "ExternalSecret", name).stream()
                .flatMap(secret -> Manifests.elements(secret.path("spec").path("data")))
                .map(entry -> entry.path("secretKey").asText());
        return Stream.concat(own, fetched).collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> read() {
        return Manifests.withPods(objects)
                .map(object -> Manifests.podTemplate(object).path("spec"))
                .flatMap(pod -> Stream.concat(
                        pod.findValues("secretKeyRef").stream()
                                .map(secret -> secret.path("name").asText()),
                        Manifests.elements(pod.path("volumes"))
                                .map(volume ->
                                        volume.path("secret").path("secretName").asText())))
                .collect(Collectors.toSet());
    }

    private void need(boolean holds, ObjectNode object, String sentence) {
        if (!holds) {
            broken.add(Manifests.id(object) + " " + sentence);
        }
    }
}
