package io.tenfold.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A container's environment as a kubelet makes it: ConfigMaps, Secrets, fields of the pod, limits. Mounted paths lie in a folder. */
final class PodEnvironment {

    private final KubernetesClient client;
    private final Pod pod;
    private final Container container;
    private final Path folder;

    PodEnvironment(KubernetesClient client, Pod pod, Path folder) {
        this.client = client;
        this.pod = pod;
        this.container = pod.getSpec().getContainers().getFirst();
        this.folder = folder;
    }

    /** Name and value of each variable. */
    Map<String, String> variables() {
        Map<String, String> all = new LinkedHashMap<>();
        container.getEnvFrom().forEach(source -> {
            if (source.getConfigMapRef() != null) {
                all.putAll(configMap(source.getConfigMapRef().getName()));
            }
            if (source.getSecretRef() != null) {
                all.putAll(secret(source.getSecretRef().getName()));
            }
        });
        container.getEnv().forEach(variable -> all.put(variable.getName(), value(variable)));
        all.replaceAll((name, value) -> mounted(value));
        return all;
    }

    private String value(EnvVar variable) {
        EnvVarSource from = variable.getValueFrom();
        if (from == null) {
            return Objects.requireNonNullElse(variable.getValue(), "");
        }
        if (from.getSecretKeyRef() != null) {
            return present(
                    variable,
                    secret(from.getSecretKeyRef().getName())
                            .get(from.getSecretKeyRef().getKey()));
        }
        if (from.getConfigMapKeyRef() != null) {
            return present(
                    variable,
                    configMap(from.getConfigMapKeyRef().getName())
                            .get(from.getConfigMapKeyRef().getKey()));
        }
        if (from.getResourceFieldRef() != null) {
            return present(variable, limit(from.getResourceFieldRef()));
        }
        return present(
                variable,
                switch (from.getFieldRef().getFieldPath()) {
                    case "metadata.name" -> pod.getMetadata().getName();
                    case "metadata.namespace" -> pod.getMetadata().getNamespace();
                    case "metadata.uid" -> pod.getMetadata().getUid();
                    case "spec.nodeName" -> pod.getSpec().getNodeName();
                    default -> null;
                });
    }

    private String present(EnvVar variable, @org.jspecify.annotations.Nullable String value) {
        CheckFailed.unless(
                value != null,
                "%s of pod %s has no value",
                variable.getName(),
                pod.getMetadata().getName());
        return Objects.requireNonNull(value);
    }

    /** A limit in units of the divisor, rounded up, as a kubelet does. */
    private String limit(ResourceFieldSelector selector) {
        String resource = selector.getResource().replaceFirst("^(limits|requests)\\.", "");
        Map<String, Quantity> amounts = selector.getResource().startsWith("limits.")
                ? container.getResources().getLimits()
                : container.getResources().getRequests();
        BigDecimal divisor =
                selector.getDivisor() == null ? BigDecimal.ZERO : Quantity.getAmountInBytes(selector.getDivisor());
        return Quantity.getAmountInBytes(Objects.requireNonNull(amounts.get(resource)))
                .divide(divisor.signum() == 0 ? BigDecimal.ONE : divisor, 0, RoundingMode.CEILING)
                .toPlainString();
    }

    private Map<String, String> configMap(String name) {
        var map = client.configMaps()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(name)
                .get();
        CheckFailed.unless(
                map != null,
                "pod %s names ConfigMap %s, which is not there",
                pod.getMetadata().getName(),
                name);
        return map.getData();
    }

    private Map<String, String> secret(String name) {
        var secret = client.secrets()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(name)
                .get();
        CheckFailed.unless(
                secret != null,
                "pod %s names Secret %s, which is not there",
                pod.getMetadata().getName(),
                name);
        Map<String, String> values = new LinkedHashMap<>();
        secret.getData()
                .forEach((key, value) ->
                        values.put(key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
        return values;
    }

    /** A path below a mount lies in the pod's folder. */
    private String mounted(String value) {
        return container.getVolumeMounts().stream()
                .filter(mount -> value.equals(mount.getMountPath()) || value.startsWith(mount.getMountPath() + "/"))
                .map(mount -> folder + value)
                .findFirst()
                .orElse(value);
    }
}
