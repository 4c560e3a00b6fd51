package io.tenfold.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.tenfold.localstack.Program;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a kubelet is to the pods of Tenfold: runs every pod that a scheduler gave to a node, and stops it when it is deleted. */
final class PodRunner implements AutoCloseable {

    private static final String LABEL = "app.kubernetes.io/name";
    private static final Pattern SERVICE = Pattern.compile("http://([a-z0-9-]+):\\d+");
    private static final Duration PROBE = Duration.ofSeconds(2);

    private final KubernetesClient client;
    private final Program program;
    private final Path folder;
    private final SharedIndexInformer<Pod> informer;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, RunningPod> running = new ConcurrentHashMap<>();
    private final Set<String> begun = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> ended = new ConcurrentHashMap<>();
    private final List<String> problems = new CopyOnWriteArrayList<>();

    /** @param folder where each pod gets a folder with its files and its log */
    PodRunner(KubernetesClient client, Program program, Path folder) {
        this.client = client;
        this.program = program;
        this.folder = folder;
        this.informer = client.pods()
                .inAnyNamespace()
                .withLabel(LABEL, "tenfold")
                .inform(new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(Pod pod) {
                        look(pod);
                    }

                    @Override
                    public void onUpdate(Pod before, Pod pod) {
                        look(pod);
                    }

                    @Override
                    public void onDelete(Pod pod, boolean unknown) {
                        RunningPod process = running.get(key(pod));
                        if (process != null) {
                            process.kill();
                        }
                    }
                });
    }

    private void look(Pod pod) {
        String key = key(pod);
        boolean deleted = pod.getMetadata().getDeletionTimestamp() != null;
        RunningPod process = running.get(key);
        if (deleted && process != null) {
            process.terminate();
        } else if (deleted && !begun.contains(key) && pod.getSpec().getNodeName() != null) {
            RunningPod.letGo(client, pod);
        } else if (!deleted && pod.getSpec().getNodeName() != null && begun.add(key)) {
            Thread.ofVirtual().name(pod.getMetadata().getName()).start(() -> run(pod, key));
        }
    }

    private void run(Pod pod, String key) {
        try {
            RunningPod process = new RunningPod(
                    client,
                    program,
                    pod,
                    folder.resolve(pod.getMetadata().getName()),
                    argument -> network(pod.getMetadata().getNamespace(), argument));
            running.put(key, process);
            Pod now = client.resource(pod).get();
            if (now == null || now.getMetadata().getDeletionTimestamp() != null) {
                // Deleted while it started.
                process.terminate();
            }
            Thread probes = Thread.ofVirtual().start(() -> probe(process));
            int status = process.awaitEnd();
            probes.interrupt();
            ended.put(pod.getMetadata().getName(), status);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            problems.add("%s: %s".formatted(pod.getMetadata().getName(), e.getMessage()));
        } finally {
            running.remove(key);
        }
    }

    /** Name resolution and load balancing: a Service's address becomes that of a pod behind it. */
    private String network(String namespace, String argument) {
        Matcher service = SERVICE.matcher(argument);
        if (!service.matches()) {
            return argument;
        }
        Map<String, String> selector = client.services()
                .inNamespace(namespace)
                .withName(service.group(1))
                .get()
                .getSpec()
                .getSelector();
        return running.values().stream()
                .filter(pod -> pod.isBehind(selector))
                .findFirst()
                .orElseThrow(() -> new CheckFailed("nothing is ready behind " + argument))
                .address();
    }

    private void probe(RunningPod process) {
        while (!Thread.currentThread().isInterrupted()) {
            process.probe(http);
            try {
                Thread.sleep(PROBE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String key(Pod pod) {
        return pod.getMetadata().getUid();
    }

    /** All pods of Tenfold with this component label, ended ones too. */
    List<Pod> pods(String component) {
        return informer.getStore().list().stream()
                .filter(pod -> component.equals(pod.getMetadata().getLabels().get("app.kubernetes.io/component")))
                .toList();
    }

    /** Those of them that a node has and that have not ended. */
    List<Pod> onNodes(String component) {
        return pods(component).stream()
                .filter(pod -> pod.getSpec().getNodeName() != null)
                .filter(pod -> !hasEnded(pod))
                .toList();
    }

    /** Those that no node had room for. */
    List<Pod> waiting(String component) {
        return pods(component).stream()
                .filter(pod -> pod.getSpec().getNodeName() == null)
                .toList();
    }

    private static boolean hasEnded(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }

    /** The exit codes by pod's name. */
    Map<String, Integer> exitCodes() {
        return Map.copyOf(ended);
    }

    /** What went wrong in the runner itself. */
    Collection<String> problems() {
        return new ArrayList<>(problems);
    }

    /** Takes a pod's process as the kernel would. */
    void kill(Pod pod) {
        Objects.requireNonNull(running.get(key(pod)), "it does not run").kill();
    }

    @Override
    public void close() {
        informer.stop();
        running.values().forEach(RunningPod::kill);
        http.close();
    }
}
