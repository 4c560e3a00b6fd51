package io.tenfold.cluster;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.tenfold.localstack.Ports;
import io.tenfold.localstack.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A pod whose container is the packaged program, in a process of its own; its status tells what the process does. */
final class RunningPod {

    private static final int OK = 200;
    private static final String CPU = "cpu";
    private static final long DEFAULT_GRACE_SECONDS = 30;

    private final KubernetesClient client;
    private final Pod pod;
    private final Instant began = now();
    private final Process process;
    private final int port = Ports.free();
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile boolean ready;

    /**
     * Starts the process that the manifest describes.
     *
     * @param network puts a pod's address where an argument names a Service
     */
    RunningPod(KubernetesClient client, Program program, Pod pod, Path folder, UnaryOperator<String> network) {
        this.client = client;
        this.pod = pod;
        Container container = pod.getSpec().getContainers().getFirst();
        CheckFailed.unless(container.getCommand().isEmpty(), "pod %s replaces the image's program", name());
        Map<String, String> environment = new HashMap<>(new PodEnvironment(client, pod, folder).variables());
        // All pods share this machine's address and its processor, whatever the manifest gives them.
        environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        environment.put("QUARKUS_HTTP_PORT", String.valueOf(port));
        environment.computeIfPresent("TENFOLD_DEVICE", (name, device) -> CPU);
        try {
            Files.createDirectories(folder);
            ProcessBuilder builder = new ProcessBuilder(program.command(
                            container.getArgs().stream().map(network).toList()))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log.txt").toFile());
            builder.environment().putAll(environment);
            this.process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("pod %s did not start".formatted(name()), e);
        }
        tell("Running", null);
    }

    String name() {
        return pod.getMetadata().getName();
    }

    /** Whether it answers its readiness probe and a Service's selector finds it. */
    boolean isBehind(Map<String, String> selector) {
        return ready && pod.getMetadata().getLabels().entrySet().containsAll(selector.entrySet());
    }

    String address() {
        return "http://127.0.0.1:" + port;
    }

    /** Looks whether the container answers its readiness probe, and tells a change. */
    void probe(HttpClient http) {
        var probe = pod.getSpec().getContainers().getFirst().getReadinessProbe();
        boolean answers = process.isAlive()
                && (probe == null || answers(http, probe.getHttpGet().getPath()));
        if (answers != ready && process.isAlive()) {
            ready = answers;
            tell("Running", null);
        }
    }

    private boolean answers(HttpClient http, String path) {
        try {
            HttpRequest question = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port, path)))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return http.send(question, HttpResponse.BodyHandlers.discarding()).statusCode() == OK;
        } catch (IOException e) {
            // It does not listen yet.
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** SIGTERM, once, and SIGKILL after the manifest's grace period. */
    void terminate() {
        if (asked.getAndSet(true)) {
            return;
        }
        process.destroy();
        long grace =
                Objects.requireNonNullElse(pod.getSpec().getTerminationGracePeriodSeconds(), DEFAULT_GRACE_SECONDS);
        var killer =
                process.onExit().orTimeout(grace, TimeUnit.SECONDS).exceptionally(late -> process.destroyForcibly());
        assert killer != null;
    }

    /** As when the kernel takes it: nothing can be handed over. */
    void kill() {
        process.destroyForcibly();
    }

    /** Waits for the end, tells it, and lets go of a pod that is being deleted. Returns the exit code. */
    int awaitEnd() throws InterruptedException {
        int status = process.waitFor();
        ready = false;
        tell(status == 0 ? "Succeeded" : "Failed", status);
        Pod now = client.resource(pod).get();
        if (now != null && now.getMetadata().getDeletionTimestamp() != null) {
            letGo(client, pod);
        }
        return status;
    }

    /** What a kubelet does last. */
    static void letGo(KubernetesClient client, Pod pod) {
        client.resource(pod).withGracePeriod(0).delete();
    }

    private void tell(String phase, @Nullable Integer status) {
        String state = status == null
                ? "{\"running\": {\"startedAt\": \"%s\"}}".formatted(began)
                : "{\"terminated\": {\"exitCode\": %d, \"startedAt\": \"%s\", \"finishedAt\": \"%s\", \"reason\": \"%s\"}}"
                        .formatted(status, began, now(), status == 0 ? "Completed" : "Error");
        String conditions = List.of("Initialized", "Ready", "ContainersReady").stream()
                .map(type -> "{\"type\": \"%s\", \"status\": \"%s\", \"lastTransitionTime\": \"%s\"}"
                        .formatted(type, type.equals("Initialized") || ready ? "True" : "False", now()))
                .reduce("{\"type\": \"PodScheduled\", \"status\": \"True\"}", (one, other) -> one + ", " + other);
        Container container = pod.getSpec().getContainers().getFirst();
        String patch = """
                {"status": {"phase": "%s", "startTime": "%s", "conditions": [%s],
                 "containerStatuses": [{"name": "%s", "image": "%s", "imageID": "", "ready": %s, "started": %s, "restartCount": 0, "state": %s}]}}
                """.formatted(
                phase, began, conditions, container.getName(), container.getImage(), ready, status == null, state);
        try {
            client.pods()
                    .inNamespace(pod.getMetadata().getNamespace())
                    .withName(name())
                    .subresource("status")
                    .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), patch);
        } catch (KubernetesClientException e) {
            // Whoever deletes a pod at once does not wait for its status.
            CheckFailed.unless(e.getCode() == HTTP_NOT_FOUND, "status of %s: %s", name(), e);
        }
    }

    private static final int HTTP_NOT_FOUND = 404;

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }
}
