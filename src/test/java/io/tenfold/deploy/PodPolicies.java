package io.tenfold.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What every pod that we make keeps to: pod security "restricted", and more. */
final class PodPolicies {

    private static final Set<String> LIMITED = Set.of("cpu", "memory", "ephemeral-storage");

    private final List<String> broken = new ArrayList<>();
    private final JsonNode object;
    private final JsonNode pod;

    private PodPolicies(JsonNode object) {
        this.object = object;
        this.pod = Manifests.podTemplate(object).path("spec");
    }

    /** Sentences about what is wrong; empty when all is well. */
    static List<String> broken(List<ObjectNode> objects) {
        return Manifests.withPods(objects)
                .flatMap(object -> new PodPolicies(object).check().stream())
                .toList();
    }

    private List<String> check() {
        identity();
        node();
        end();
        volumes();
        Stream.of("containers", "initContainers")
                .flatMap(list -> Manifests.elements(pod.path(list)))
                .forEach(this::container);
        return broken;
    }

    private void identity() {
        JsonNode security = pod.path("securityContext");
        need(security.path("runAsNonRoot").asBoolean(), "the pod may run as root");
        need(security.path("runAsUser").asInt() >= 10_000, "the pod's user is one that a node may have, too");
        need(
                security.path("seccompProfile").path("type").asText().equals("RuntimeDefault"),
                "the pod's system calls are not filtered");
        need(
                pod.path("automountServiceAccountToken").isBoolean()
                        && !pod.path("automountServiceAccountToken").asBoolean(),
                "the pod is handed a token for the API server");
    }

    private void node() {
        for (String field : List.of("hostNetwork", "hostPID", "hostIPC")) {
            need(!pod.path(field).asBoolean(), field + " is set");
        }
    }

    private void end() {
        need(pod.has("terminationGracePeriodSeconds"), "nobody said how long the pod may take to end");
        JsonNode job =
                switch (Manifests.kind(object)) {
                    case "CronJob" -> object.path("spec").path("jobTemplate").path("spec");
                    case "ScaledJob" -> object.path("spec").path("jobTargetRef");
                    default -> object.path("spec");
                };
        need(
                !Set.of("CronJob", "Job", "Pod", "ScaledJob").contains(Manifests.kind(object))
                        || job.path("activeDeadlineSeconds").asInt() > 0,
                "the pod may hang for ever");
    }

    private void volumes() {
        for (JsonNode volume : pod.path("volumes")) {
            String name = volume.path("name").asText();
            need(!volume.has("hostPath"), "volume %s is the node's own disk".formatted(name));
            need(
                    !volume.has("emptyDir") || volume.path("emptyDir").has("sizeLimit"),
                    "volume %s has no limit".formatted(name));
        }
    }

    private void container(JsonNode container) {
        String name = container.path("name").asText();
        JsonNode security = container.path("securityContext");
        need(
                security.path("allowPrivilegeEscalation").isBoolean()
                        && !security.path("allowPrivilegeEscalation").asBoolean(),
                name + " may gain privileges");
        need(
                security.path("runAsNonRoot").asBoolean() && !security.has("runAsUser"),
                name + " may run as another user than its pod");
        need(!security.path("privileged").asBoolean(), name + " is privileged");
        need(security.path("readOnlyRootFilesystem").asBoolean(), name + " can write its own program");
        need(
                security.path("capabilities").path("drop").toString().equals("[\"ALL\"]")
                        && !security.path("capabilities").has("add"),
                name + " keeps capabilities");
        resources(name, container.path("resources"));
        image(name, container.path("image").asText());
        probes(name, container);
        for (JsonNode port : container.path("ports")) {
            need(!port.has("hostPort"), name + " takes a port of the node");
        }
    }

    private void resources(String name, JsonNode resources) {
        for (String resource : LIMITED) {
            need(resources.path("limits").has(resource), "%s has no limit of %s".formatted(name, resource));
            need(resources.path("requests").has(resource), "%s asks for no %s".formatted(name, resource));
        }
        for (var request : resources.path("requests").properties()) {
            JsonNode limit = resources.path("limits").path(request.getKey());
            need(
                    limit.isMissingNode() || amount(request.getValue()).compareTo(amount(limit)) <= 0,
                    "%s asks for more %s than its limit".formatted(name, request.getKey()));
        }
        JsonNode limits = resources.path("limits");
        need(
                !limits.has("nvidia.com/gpu")
                        || limits.path("nvidia.com/gpu")
                                .equals(resources.path("requests").path("nvidia.com/gpu")),
                name + " has GPUs as a limit that it does not ask for");
    }

    private static BigDecimal amount(JsonNode quantity) {
        return Quantity.getAmountInBytes(new Quantity(quantity.asText()));
    }

    private void image(String name, String image) {
        String tag = image.substring(image.lastIndexOf('/') + 1);
        need(
                image.contains("@sha256:") || (tag.contains(":") && !tag.endsWith(":latest") && !tag.endsWith(":")),
                "%s has the image %s, which may be another one tomorrow".formatted(name, image));
    }

    /** What lives long is asked whether it is ready; what ends by itself only whether it lives; the rest has a deadline. */
    private void probes(String name, JsonNode container) {
        List<String> wanted =
                switch (Manifests.kind(object)) {
                    case "Deployment", "StatefulSet" -> List.of("startupProbe", "livenessProbe", "readinessProbe");
                    case "ScaledJob" -> List.of("startupProbe", "livenessProbe");
                    default -> List.of();
                };
        for (String probe : wanted) {
            need(container.has(probe), "%s has no %s".formatted(name, probe));
        }
    }

    private void need(boolean holds, String sentence) {
        if (!holds) {
            broken.add(Manifests.id(object) + ": " + sentence);
        }
    }
}
