package io.tenfold.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** One installation from the chart, with pods that really work: jobs come, the scaler follows, and things break. */
final class LiveChecks {

    static final String NAMESPACE = "tenfold";
    static final int GPUS = 8;
    private static final String RUNNER = "runner";
    private static final Duration AWAY = Duration.ofMinutes(1);
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final Duration LONG = Duration.ofMinutes(15);
    private static final int SHORT_JOB = 40;
    private static final int ROWS_A_STEP = 8;
    private static final int SECONDS_OF_A_LONG_JOB = 60;

    private final Path root;
    private final Path folder;
    private final ControlPlane cluster;
    private final KubernetesClient client;
    private final Outside outside;
    private final PodRunner runner;
    private final Jobs jobs;
    /** Steps of a job that takes about a minute, known when the first ones ended. */
    private int longJob = 5000;

    LiveChecks(Path root, Path folder, ControlPlane cluster, Outside outside, PodRunner runner, Jobs jobs) {
        this.root = root;
        this.folder = folder;
        this.cluster = cluster;
        this.client = cluster.client();
        this.outside = outside;
        this.runner = runner;
        this.jobs = jobs;
    }

    /** What somebody who installs Tenfold makes before: a namespace and the secrets. */
    void prepare() {
        cluster.addNamespace(NAMESPACE);
        cluster.kubectl(
                "create",
                "secret",
                "generic",
                "tenfold-database",
                "-n",
                NAMESPACE,
                "--from-literal=username=postgres",
                "--from-literal=password=postgres");
        cluster.kubectl(
                "create",
                "secret",
                "generic",
                "tenfold-s3",
                "-n",
                NAMESPACE,
                "--from-literal=access-key=" + Outside.ACCESS_KEY,
                "--from-literal=secret-key=" + Outside.SECRET_KEY);
    }

    private Path values(String mode) {
        try {
            return Files.writeString(folder.resolve(mode + "-values.yaml"), """
                    kafka: {bootstrapServers: "%s"}
                    database: {host: 127.0.0.1, port: %d, name: postgres, sslmode: disable}
                    s3: {endpoint: "%s"}
                    settings:
                      tenfold.lease.duration: PT10S
                      tenfold.lease.renewal: PT2S
                      tenfold.lease.grace: PT5S
                      tenfold.worker.idle: PT10S
                    runner:
                      device: gpu
                      resources:
                        requests: {cpu: "1", memory: 1Gi, ephemeral-storage: 1Gi}
                        limits: {cpu: "1", memory: 1Gi, ephemeral-storage: 1Gi}
                    scaling: {mode: %s, pollingInterval: 5}
                    """.formatted(
                            outside.bootstrap(), outside.databasePort(), outside.s3(), mode));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Installs the chart; with a gateway it returns when both replicas are ready. */
    String install(String mode, boolean gateway) {
        String[] install = {
            "install",
            "tenfold",
            root.resolve("helm/tenfold").toString(),
            "-n",
            NAMESPACE,
            "-f",
            values(mode).toString()
        };
        cluster.helm(install);
        if (gateway) {
            cluster.kubectl("rollout", "status", "-n", NAMESPACE, "deployment/tenfold-gateway", "--timeout=180s");
        }
        return gateway ? "two gateways are ready" : "nothing is always on";
    }

    /** {@code helm test}. */
    String helmTest() {
        return cluster.helm("test", "tenfold", "-n", NAMESPACE, "--timeout", "3m")
                .lines()
                .filter(line -> line.startsWith("Phase"))
                .findFirst()
                .orElse("");
    }

    /** Ten requests and eight GPUs. */
    String tenRequests(String component, String name) {
        List<String> ids = jobs.send(name, 10, SHORT_JOB);
        Watch watch = new Watch(component);
        watch.untilEnded(ids, LONG);
        CheckFailed.unless(
                watch.most == GPUS && watch.mostWaiting >= 2,
                "at most %d pods had a GPU while %d waited; %d and 2 were to be seen",
                watch.most,
                watch.mostWaiting,
                GPUS);
        double rate = jobs.of(ids.getFirst())
                .getLast()
                .path("data")
                .path("examples_per_second")
                .asDouble();
        longJob = Math.max(longJob, (int) (rate / ROWS_A_STEP * SECONDS_OF_A_LONG_JOB));
        awaitZero(component);
        return "%d ran and %d waited at once, every job ended once, then none; %d pods in all, exit codes %s; %.0f examples/s"
                .formatted(watch.most, watch.mostWaiting, watch.seen.size(), watch.exitCodes(), rate);
    }

    /** What was seen of a component's pods at any one time. */
    private final class Watch {
        private final String component;
        private final Set<String> seen = new java.util.HashSet<>();
        private int most;
        private int mostWaiting;

        Watch(String component) {
            this.component = component;
        }

        /** Looks until all jobs have ended, and then that each ended well. */
        void untilEnded(List<String> ids, Duration longest) {
            Patience.await("the end of %d jobs".formatted(ids.size()), longest, () -> {
                look();
                return ids.stream().allMatch(jobs::hasEnded);
            });
            jobs.awaitSuccess(ids, SOON);
        }

        private Set<Integer> exitCodes() {
            return runner.exitCodes().entrySet().stream()
                    .filter(pod -> seen.contains(pod.getKey()))
                    .map(Map.Entry::getValue)
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        private void look() {
            int onNodes = runner.onNodes(component).size();
            most = Math.max(most, onNodes);
            mostWaiting = Math.max(
                    mostWaiting, onNodes == GPUS ? runner.waiting(component).size() : 0);
            runner.pods(component).forEach(pod -> seen.add(pod.getMetadata().getName()));
            CheckFailed.unless(onNodes <= GPUS, "%d pods on %d GPUs", onNodes, GPUS);
        }
    }

    private void awaitZero(String component) {
        Patience.await(
                "no pod of %s".formatted(component),
                SOON,
                () -> runner.onNodes(component).isEmpty()
                        && runner.waiting(component).isEmpty());
    }

    /** A pod is deleted in the middle of its job. */
    String podDeleted() {
        String id = begun("deleted");
        Pod pod = theRunner();
        cluster.kubectl("delete", "pod", "-n", NAMESPACE, pod.getMetadata().getName(), "--wait=false");
        Patience.await("a handover", SOON, () -> jobs.kinds(id).contains("handed_over"));
        return "exit code %d; %s".formatted(exitCode(pod), resumed(id));
    }

    /** A pod's process is taken by the kernel in the middle of its job. */
    String podKilled() {
        String id = begun("killed");
        Pod pod = theRunner();
        runner.kill(pod);
        return "%s, and the lease ran out; exit code %d".formatted(resumed(id), exitCode(pod));
    }

    private int exitCode(Pod pod) {
        String name = pod.getMetadata().getName();
        Patience.await("the end of " + name, SOON, () -> runner.exitCodes().containsKey(name));
        return java.util.Objects.requireNonNull(runner.exitCodes().get(name));
    }

    private String begun(String name) {
        String id = jobs.send(name, 1, longJob).getFirst();
        Patience.await(
                "%s has a checkpoint".formatted(id), LONG, () -> jobs.kinds(id).contains("checkpoint"));
        return id;
    }

    private Pod theRunner() {
        List<Pod> pods = runner.onNodes(RUNNER);
        CheckFailed.unless(pods.size() == 1, "%d runners for one job", pods.size());
        return pods.getFirst();
    }

    /** Waits for the job's success, in a second attempt that began at a checkpoint. */
    private String resumed(String id) {
        jobs.awaitSuccess(List.of(id), LONG);
        List<JsonNode> starts = jobs.of(id).stream()
                .filter(event -> Jobs.kind(event).equals("started"))
                .toList();
        int step = starts.getLast().path("data").path("resumed_from_step").asInt();
        CheckFailed.unless(
                starts.size() == 2 && step > 0,
                "%s: %d attempts, the last from step %d: %s",
                id,
                starts.size(),
                step,
                jobs.kinds(id));
        awaitZero(RUNNER);
        return "the next Job went on from step %d of %d".formatted(step, longJob);
    }

    /** The ScaledJob changes while a job runs. */
    String scaledJobChanged() {
        String id = begun("changed");
        Pod pod = theRunner();
        cluster.helm(
                "upgrade",
                "tenfold",
                root.resolve("helm/tenfold").toString(),
                "-n",
                NAMESPACE,
                "--reuse-values",
                "--set",
                "scaling.maxReplicas=19",
                "--set",
                "runner.podAnnotations.changed=yes");
        Patience.sleep(Duration.ofSeconds(15));
        CheckFailed.unless(
                theRunner().getMetadata().getUid().equals(pod.getMetadata().getUid()), "the running pod was replaced");
        jobs.awaitSuccess(List.of(id), LONG);
        CheckFailed.unless(attempts(id) == 1, "%s: %s", id, jobs.kinds(id));
        awaitZero(RUNNER);
        return "the pod lived on, one attempt, exit code %d".formatted(exitCode(pod));
    }

    private long attempts(String id) {
        return jobs.kinds(id).stream().filter("started"::equals).count();
    }

    /** The node is drained while a job runs; a gateway stays up on another one. */
    String nodeDrained() {
        String id = begun("drained");
        String node = theRunner().getSpec().getNodeName();
        cluster.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=180s");
        Patience.await("a handover", SOON, () -> jobs.kinds(id).contains("handed_over"));
        cluster.kubectl("uncordon", node);
        return resumed(id);
    }

    /** KEDA is away while requests come. */
    String kedaRestarted() {
        List<String> ids = jobs.send("keda", 4, SHORT_JOB);
        cluster.restart("keda");
        jobs.awaitSuccess(ids, LONG);
        awaitZero(RUNNER);
        return "four jobs, each ended once";
    }

    String brokerAway() {
        return away("broker", outside::stopKafka, outside::kafkaComesBack);
    }

    String databaseAway() {
        return away("database", outside::stopDatabase, outside::databaseComesBack);
    }

    /** A minute without something outside, in the middle of a job. */
    private String away(String name, Runnable stop, Runnable comeBack) {
        String id = begun(name);
        stop.run();
        Patience.sleep(AWAY);
        comeBack.run();
        jobs.awaitSuccess(List.of(id), LONG);
        awaitZero(RUNNER);
        return "%d attempt(s), no event lost".formatted(attempts(id));
    }

    String hundredRequests() {
        long began = System.nanoTime();
        List<String> ids = jobs.send("hundred", 100, SHORT_JOB);
        Watch watch = new Watch(RUNNER);
        watch.untilEnded(ids, Duration.ofMinutes(40));
        awaitZero(RUNNER);
        return "every job ended once, in %d s; at most %d at once; %d pods in all"
                .formatted(Duration.ofNanos(System.nanoTime() - began).toSeconds(), watch.most, watch.seen.size());
    }

    String uninstall(ApplyChecks checks) {
        cluster.helm("uninstall", "tenfold", "-n", NAMESPACE, "--wait", "--timeout", "3m");
        checks.awaitNothingLeft(NAMESPACE, Set.of("secret/tenfold-database", "secret/tenfold-s3"));
        outside.emptyDatabase();
        CheckFailed.unless(
                client.pods().inNamespace(NAMESPACE).list().getItems().isEmpty(), "pods were left");
        return "nothing is left but the secrets, which are not the chart's";
    }
}
