package io.tenfold.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where there is a NetworkPolicy, each of our pods is below it, and it lets them reach what their settings name. */
final class NetworkPolicies {

    private static final Map<String, Integer> PORTS = Map.of("http", 80, "https", 443, "postgresql", 5432);

    private NetworkPolicies() {}

    static List<String> broken(List<ObjectNode> objects) {
        List<ObjectNode> policies = Manifests.ofKind(objects, "NetworkPolicy").toList();
        List<String> broken = new ArrayList<>();
        if (!policies.isEmpty()) {
            Manifests.withPods(objects).filter(NetworkPolicies::ours).forEach(object -> {
                List<ObjectNode> mine = policies.stream()
                        .filter(policy -> selects(policy, object))
                        .toList();
                if (mine.isEmpty()) {
                    broken.add(Manifests.id(object) + " is below no NetworkPolicy");
                }
                mine.forEach(policy -> broken.addAll(unreachable(policy, objects, object)));
            });
        }
        return broken;
    }

    private static boolean ours(ObjectNode object) {
        return labels(object).path("app.kubernetes.io/name").asText().equals("tenfold");
    }

    private static JsonNode labels(ObjectNode object) {
        return Manifests.podTemplate(object).path("metadata").path("labels");
    }

    private static boolean selects(ObjectNode policy, ObjectNode object) {
        JsonNode selector = policy.path("spec").path("podSelector").path("matchLabels");
        boolean both = policy.path("spec").path("policyTypes").toString().equals("[\"Ingress\",\"Egress\"]");
        return both
                && selector.properties().stream().allMatch(label -> label.getValue()
                        .equals(labels(object).path(label.getKey())));
    }

    private static List<String> unreachable(ObjectNode policy, List<ObjectNode> objects, ObjectNode object) {
        Set<String> open = Manifests.elements(policy.path("spec").path("egress"))
                .flatMap(rule -> Manifests.elements(rule.path("ports")))
                .map(port -> port.path("protocol").asText() + port.path("port").asInt())
                .collect(Collectors.toSet());
        List<String> broken = new ArrayList<>();
        for (JsonNode container : Manifests.podTemplate(object).path("spec").path("containers")) {
            Environment.of(objects, container).forEach((name, value) -> ports(name, value)
                    .filter(port -> !open.contains("TCP" + port))
                    .forEach(port -> broken.add("%s keeps %s from port %d, where %s lies"
                            .formatted(Manifests.id(policy), Manifests.id(object), port, name))));
        }
        if (!open.contains("UDP53") || !open.contains("TCP53")) {
            broken.add(Manifests.id(policy) + " keeps pods from asking for names");
        }
        return broken;
    }

    private static Stream<Integer> ports(String name, String value) {
        if (name.equals("KAFKA_BOOTSTRAP_SERVERS")) {
            return Stream.of(value.split(",", -1))
                    .map(broker -> Integer.valueOf(broker.substring(broker.lastIndexOf(':') + 1)));
        }
        String url = value.startsWith("jdbc:") ? value.substring("jdbc:".length()) : value;
        if (!url.matches("(https?|postgresql)://.*")) {
            return Stream.empty();
        }
        URI uri = URI.create(url);
        return Stream.of(uri.getPort() > 0 ? uri.getPort() : PORTS.getOrDefault(uri.getScheme(), 0));
    }
}
