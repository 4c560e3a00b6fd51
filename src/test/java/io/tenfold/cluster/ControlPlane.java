package io.tenfold.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The control plane of {@code k8s/test/control-plane.sh}, and the tools that people talk to one with. */
final class ControlPlane implements AutoCloseable {

    private final Path state;
    private final Path binaries;
    private final Shell shell;
    private final String script;
    private final KubernetesClient client;

    /** Starts it; nothing is in it yet, not even a node. */
    ControlPlane(Path root, Path state, Path binaries) {
        this.state = state;
        this.binaries = binaries;
        this.script = root.resolve("k8s/test/control-plane.sh").toString();
        this.shell = new Shell(
                root,
                Map.of(
                        "KUBECONFIG", state.resolve("kubeconfig").toString(),
                        "HELM_CACHE_HOME", state.resolve("helm/cache").toString(),
                        "HELM_CONFIG_HOME", state.resolve("helm/config").toString(),
                        "HELM_DATA_HOME", state.resolve("helm/data").toString()));
        try {
            // Its processes outlive the script and would hold a pipe open.
            shell.run(
                    List.of("bash", "-c", "%s up %s %s > %s 2>&1".formatted(script, state, binaries, state + ".log")));
            this.client = new KubernetesClientBuilder()
                    .withConfig(Config.fromKubeconfig(Files.readString(state.resolve("kubeconfig"))))
                    .build();
        } catch (IOException e) {
            down();
            throw new UncheckedIOException("no kubeconfig in " + state, e);
        } catch (RuntimeException e) {
            down();
            throw e;
        }
    }

    KubernetesClient client() {
        return client;
    }

    String kubectl(String... arguments) {
        return shell.run(command("kubectl", arguments));
    }

    String helm(String... arguments) {
        return shell.run(command("helm", arguments));
    }

    /** Stops a part of it and starts it again. */
    void restart(String part) {
        shell.run(
                List.of("bash", "-c", "%s restart %s %s %s > /dev/null 2>&1".formatted(script, part, state, binaries)));
    }

    /** Makes a node that runs whatever is given to it. */
    void addNode(String name, int cores, int gpus) {
        String resources = "{cpu: \"%d\", memory: 512Gi, ephemeral-storage: 8Ti, pods: \"250\", nvidia.com/gpu: \"%d\"}"
                .formatted(cores, gpus);
        apply("""
                apiVersion: v1
                kind: Node
                metadata:
                  name: %s
                  labels: {kubernetes.io/hostname: %s, nvidia.com/gpu.present: "%s"}
                status: {allocatable: %s, capacity: %s}
                """.formatted(name, name, gpus > 0, resources, resources));
        Patience.await(
                "node %s is ready".formatted(name),
                Duration.ofMinutes(1),
                () -> client.nodes().withName(name).get().getStatus().getConditions().stream()
                        .anyMatch(one -> "Ready".equals(one.getType()) && "True".equals(one.getStatus())));
    }

    /** Makes a namespace in which pods must keep Kubernetes' strictest standard. */
    void addNamespace(String name) {
        apply("""
                apiVersion: v1
                kind: Namespace
                metadata:
                  name: %s
                  labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/warn: restricted}
                """.formatted(name));
        Patience.await(
                "namespace %s has its service account".formatted(name),
                Duration.ofMinutes(1),
                () -> client.serviceAccounts()
                                .inNamespace(name)
                                .withName("default")
                                .get()
                        != null);
    }

    /** Applies what stands in a text. */
    void apply(String objects) {
        try {
            Path file = Files.createTempFile(state, "objects", ".yaml");
            Files.writeString(file, objects);
            kubectl("apply", "--server-side", "--validate=strict", "-f", file.toString());
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> command(String program, String... arguments) {
        List<String> words = new ArrayList<>(List.of(binaries.resolve(program).toString()));
        words.addAll(List.of(arguments));
        return words;
    }

    @Override
    public void close() {
        client.close();
        down();
    }

    private void down() {
        shell.run(List.of(script, "down", state.toString()));
    }
}
