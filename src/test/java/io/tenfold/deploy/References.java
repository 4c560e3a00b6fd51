package io.tenfold.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Names and labels by which objects find each other. */
final class References {

    private final List<ObjectNode> objects;
    private final List<String> broken = new ArrayList<>();

    private References(List<ObjectNode> objects) {
        this.objects = objects;
    }

    static List<String> broken(List<ObjectNode> objects) {
        References references = new References(objects);
        references.unique();
        objects.forEach(references::selectors);
        Manifests.withPods(objects).forEach(references::podsNames);
        objects.forEach(references::scaling);
        return references.broken;
    }

    private void unique() {
        Set<String> seen = new HashSet<>();
        objects.forEach(object -> need(seen.add(Manifests.id(object)), object, "is there twice"));
    }

    private void selectors(ObjectNode object) {
        JsonNode spec = object.path("spec");
        switch (Manifests.kind(object)) {
            case "Deployment", "StatefulSet" ->
                need(
                        contains(labels(object), spec.path("selector").path("matchLabels")),
                        object,
                        "does not select its own pods");
            case "Service" -> need(anyPod(spec.path("selector")), object, "selects no pod");
            case "PodDisruptionBudget", "ServiceMonitor", "PodMonitor" ->
                need(
                        Manifests.kind(object).equals("ServiceMonitor")
                                ? anyService(spec.path("selector").path("matchLabels"))
                                : anyPod(spec.path("selector").path("matchLabels")),
                        object,
                        "selects nothing");
            case "ClusterQueue" -> quota(object);
            case "NetworkPolicy" ->
                need(anyPod(spec.path("podSelector").path("matchLabels")), object, "selects no pod");
            default -> {}
        }
    }

    /** Kueue lets no Job begin that asks for what its queue has no quota of. */
    private void quota(ObjectNode queue) {
        String covered = queue.path("spec").findValues("coveredResources").toString();
        Manifests.ofKind(objects, "ScaledJob")
                .flatMap(job -> Manifests.elements(
                        Manifests.podTemplate(job).path("spec").path("containers")))
                .flatMap(container -> container.path("resources").path("requests").properties().stream())
                .forEach(request -> need(
                        covered.contains("\"" + request.getKey() + "\""),
                        queue,
                        "has no quota of " + request.getKey()));
    }

    private static JsonNode labels(JsonNode object) {
        return Manifests.podTemplate(object).path("metadata").path("labels");
    }

    private boolean anyPod(JsonNode selector) {
        return Manifests.withPods(objects).anyMatch(object -> contains(labels(object), selector));
    }

    private boolean anyService(JsonNode selector) {
        return Manifests.ofKind(objects, "Service")
                .anyMatch(service -> contains(service.path("metadata").path("labels"), selector));
    }

    private static boolean contains(JsonNode labels, JsonNode selector) {
        return selector.size() > 0
                && selector.properties().stream()
                        .allMatch(wanted -> wanted.getValue().equals(labels.path(wanted.getKey())));
    }

    /** Secrets are made by somebody else; all other names are ours. */
    private void podsNames(ObjectNode object) {
        JsonNode pod = Manifests.podTemplate(object).path("spec");
        String account = pod.path("serviceAccountName").asText();
        need(
                account.isEmpty() || exists("ServiceAccount", account),
                object,
                "has an account that is not there: " + account);
        Set<String> volumes = new HashSet<>();
        for (JsonNode volume : pod.path("volumes")) {
            volumes.add(volume.path("name").asText());
            String map = volume.path("configMap").path("name").asText();
            need(map.isEmpty() || exists("ConfigMap", map), object, "mounts a ConfigMap that is not there: " + map);
            String claim =
                    volume.path("persistentVolumeClaim").path("claimName").asText();
            need(
                    claim.isEmpty() || !claim.startsWith("tenfold") || exists("PersistentVolumeClaim", claim),
                    object,
                    "has a claim that is not there: " + claim);
        }
        object.path("spec").path("volumeClaimTemplates").forEach(claim -> volumes.add(Manifests.name(claim)));
        for (JsonNode container : pod.path("containers")) {
            for (JsonNode mount : container.path("volumeMounts")) {
                String name = mount.path("name").asText();
                need(volumes.contains(name), object, "mounts a volume that is not there: " + name);
            }
            for (JsonNode from : container.path("envFrom")) {
                String name = from.path("configMapRef").path("name").asText();
                need(
                        name.isEmpty() || exists("ConfigMap", name),
                        object,
                        "reads a ConfigMap that is not there: " + name);
            }
            ports(object, container);
        }
    }

    private void ports(ObjectNode object, JsonNode container) {
        Set<String> ports = new HashSet<>();
        container.path("ports").forEach(port -> ports.add(port.path("name").asText()));
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            for (String kind : List.of("httpGet", "tcpSocket")) {
                JsonNode port = container.path(probe).path(kind).path("port");
                need(
                        port.isMissingNode() || ports.contains(port.asText()),
                        object,
                        "%s asks at a port without a name: %s".formatted(probe, port));
            }
        }
    }

    private void scaling(ObjectNode object) {
        JsonNode spec = object.path("spec");
        if (Manifests.kind(object).equals("ScaledObject")) {
            String target = spec.path("scaleTargetRef").path("name").asText();
            need(exists("Deployment", target), object, "scales what is not there: " + target);
            need(
                    Manifests.find(objects, "Deployment", target)
                            .filter(deployment -> deployment.path("spec").has("replicas"))
                            .isEmpty(),
                    object,
                    "shares the number of replicas with its Deployment, and each update would set it back");
        }
        for (JsonNode trigger : spec.path("triggers")) {
            String name = trigger.path("authenticationRef").path("name").asText();
            need(
                    name.isEmpty() || exists("TriggerAuthentication", name),
                    object,
                    "logs in with what is not there: " + name);
        }
    }

    private boolean exists(String kind, String name) {
        return Manifests.find(objects, kind, name).isPresent();
    }

    private void need(boolean holds, ObjectNode object, String sentence) {
        if (!holds) {
            broken.add(Manifests.id(object) + " " + sentence);
        }
    }
}
