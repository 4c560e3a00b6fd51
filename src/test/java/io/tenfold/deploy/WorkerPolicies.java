package io.tenfold.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Quantity;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.WithDefault;
import io.tenfold.worker.WorkerConfig;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the program needs of a pod that it runs in, and of what makes and ends such pods. */
final class WorkerPolicies {

    static final Pattern POSTGRESQL =
            Pattern.compile("jdbc:postgresql://([^:/]+)(?::(\\d+))?/([^?]+)\\?sslmode=([a-z-]+).*");

    private static final Pattern HEAP = Pattern.compile("-Xmx(\\d+[kmgKMG])|-XX:MaxRAMPercentage=([0-9.]+)");

    /** JDK_JAVA_OPTIONS of the images. */
    private static final String IMAGE_OPTIONS = "-Xmx1g";

    /** Between the end of the budget and the kubelet's patience. */
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private final List<ObjectNode> objects;
    private final ObjectNode object;
    private final JsonNode pod;
    private final JsonNode container;
    private final Map<String, String> environment;
    private final List<String> broken = new ArrayList<>();

    private WorkerPolicies(List<ObjectNode> objects, ObjectNode object, JsonNode container) {
        this.objects = objects;
        this.object = object;
        this.pod = Manifests.podTemplate(object).path("spec");
        this.container = container;
        this.environment = Environment.of(objects, container);
    }

    static List<String> broken(List<ObjectNode> objects) {
        List<String> broken = new ArrayList<>();
        Manifests.withPods(objects).forEach(object -> Manifests.elements(
                        Manifests.podTemplate(object).path("spec").path("containers"))
                .filter(container -> container.path("name").asText().equals("tenfold"))
                .forEach(container -> broken.addAll(new WorkerPolicies(objects, object, container).check())));
        return broken;
    }

    private List<String> check() {
        need(
                pod.path("enableServiceLinks").isBoolean()
                        && !pod.path("enableServiceLinks").asBoolean(),
                "has variables of Services between its settings");
        grace();
        database();
        places();
        volumes();
        heap();
        if (Manifests.kind(object).equals("ScaledJob")) {
            job();
        }
        broken.addAll(TriggerPolicies.broken(objects, object, environment));
        Manifests.ofKind(objects, "KafkaTopic").forEach(this::topic);
        if (environment.containsKey("TENFOLD_STORAGE_S3_ACCESS_KEY")) {
            threads();
        }
        return broken;
    }

    private void grace() {
        Duration needed = shutdownTimeout()
                .plus(time(environment.getOrDefault("TENFOLD_WORKER_SHUTDOWN_BUDGET", defaultBudget())))
                .plus(MARGIN);
        long grace = pod.path("terminationGracePeriodSeconds").asLong(30);
        need(
                grace >= needed.toSeconds(),
                "is killed after %d s, but may need %d s to hand over".formatted(grace, needed.toSeconds()));
    }

    private static String defaultBudget() {
        try {
            return Objects.requireNonNull(
                            WorkerConfig.class.getMethod("shutdownBudget").getAnnotation(WithDefault.class))
                    .value();
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Duration shutdownTimeout() {
        Properties settings = new Properties();
        try (Reader file = Files.newBufferedReader(Path.of("src/main/resources/application.properties"))) {
            settings.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return time(Objects.requireNonNull(settings.getProperty("quarkus.shutdown.timeout")));
    }

    private static Duration time(String text) {
        return Duration.parse(text.startsWith("P") ? text : "PT" + text);
    }

    private void database() {
        need("true".equals(environment.get("TENFOLD_CLUSTER")), "would start with a database that dies with the pod");
        need(
                POSTGRESQL
                        .matcher(environment.getOrDefault("QUARKUS_DATASOURCE_JDBC_URL", ""))
                        .matches(),
                "has no PostgreSQL");
    }

    private void places() {
        place("TENFOLD_WORK_DIR");
        place("TENFOLD_STORAGE_CACHE_DIR");
        place("/tmp/");
        String cache = environment.getOrDefault("TENFOLD_STORAGE_CACHE_MAX_SIZE", "50G");
        for (JsonNode volume : pod.path("volumes")) {
            JsonNode limit = volume.path("emptyDir").path("sizeLimit");
            if (volume.path("name").asText().equals("cache") && environment.containsKey("TENFOLD_THREADS")) {
                need(
                        limit.isMissingNode() || bytes(limit.asText()).compareTo(new BigDecimal(size(cache))) > 0,
                        "is evicted before its cache is full: %s in %s".formatted(cache, limit.asText()));
            }
        }
    }

    /** Java's heap leaves room for the rest of Java, which needs about as much in a small pod. */
    private void heap() {
        JsonNode limit = container.path("resources").path("limits").path("memory");
        BigDecimal memory = bytes(limit.asText("1Ti"));
        Matcher options = HEAP.matcher(environment.getOrDefault("JDK_JAVA_OPTIONS", IMAGE_OPTIONS));
        need(options.find(), "has a heap of unknown size");
        BigDecimal heap = options.group(1) == null
                ? memory.multiply(new BigDecimal(options.group(2))).movePointLeft(2)
                : new BigDecimal(size(options.group(1)));
        need(
                heap.multiply(new BigDecimal(5)).compareTo(memory.multiply(new BigDecimal(3))) <= 0,
                "is killed before its heap is full: %s in %s".formatted(heap.toBigInteger(), memory.toBigInteger()));
    }

    /** Volumes that lie on the node count as what the container may take there. */
    private void volumes() {
        BigDecimal all = BigDecimal.ZERO;
        for (JsonNode volume : pod.path("volumes")) {
            all = all.add(bytes(volume.path("emptyDir").path("sizeLimit").asText("0")));
        }
        String limit = container
                .path("resources")
                .path("limits")
                .path("ephemeral-storage")
                .asText("0");
        need(all.compareTo(bytes(limit)) <= 0, "is evicted before its volumes are full: more than " + limit);
    }

    private void place(String setting) {
        String path = setting.startsWith("/") ? setting : environment.getOrDefault(setting, "") + "/";
        need(
                Manifests.elements(container.path("volumeMounts"))
                        .filter(mount -> !mount.path("readOnly").asBoolean())
                        .anyMatch(
                                mount -> path.startsWith(mount.path("mountPath").asText() + "/")),
                "can't write %s (%s)".formatted(setting, path));
    }

    private static BigDecimal bytes(String quantity) {
        return Quantity.getAmountInBytes(new Quantity(quantity));
    }

    /** A size as the program reads it: G is 1024³. */
    private static long size(String text) {
        return new MemorySizeConverter().convert(text).asLongValue();
    }

    /** Each of these would lose work or leave a job without its pod. */
    private void job() {
        JsonNode spec = object.path("spec");
        JsonNode job = spec.path("jobTargetRef");
        need(pod.path("restartPolicy").asText().equals("Never"), "starts a container again that has ended");
        need(job.path("backoffLimit").asInt(6) == 0, "tries a Job again, where the row is what is tried again");
        need(job.path("parallelism").asInt() == 1 && job.path("completions").asInt() == 1, "makes several pods a Job");
        need(job.path("activeDeadlineSeconds").asLong() >= 86_400, "kills jobs that train for a day");
        need(job.has("ttlSecondsAfterFinished"), "leaves ended Jobs behind for ever");
        need(spec.path("rollout").path("strategy").asText().equals("gradual"), "deletes running Jobs when it changes");
        need(container.path("args").toString().contains("\"--once\""), "makes Jobs that never end");
        need(
                Manifests.podTemplate(object)
                        .path("metadata")
                        .path("annotations")
                        .path("cluster-autoscaler.kubernetes.io/safe-to-evict")
                        .asText()
                        .equals("false"),
                "lets the cluster's autoscaler take a node from a job that trains");
        need(
                spec.path("triggers").size() == 1
                        || spec.path("scalingStrategy")
                                .path("multipleScalersCalculation")
                                .asText()
                                .equals("sum"),
                "takes the larger of lag and rows, where their sum is the work");
    }

    /** A request whose row is gone, and that is read again, would run again. */
    private void topic(JsonNode topic) {
        Duration kept = Duration.ofMillis(
                topic.path("spec").path("config").path("retention.ms").asLong());
        Duration rows = Duration.parse(environment.getOrDefault("TENFOLD_RETENTION_JOBS", "P90D"));
        need(kept.compareTo(rows) < 0, "forgets jobs before " + Manifests.name(topic) + " does");
    }

    private void threads() {
        need(environment.containsKey("TENFOLD_THREADS"), "takes as many threads as the node has cores");
        need(
                container.path("resources").path("limits").path("cpu").asText().matches("[1-9]\\d*"),
                "has a part of a core, and threads come in whole ones");
        boolean gpu = container.path("resources").path("limits").has("nvidia.com/gpu");
        need(
                !gpu || environment.getOrDefault("TENFOLD_DEVICE", "auto").startsWith("cuda"),
                "would train on the CPU without a word where its GPU is not found");
    }

    private void need(boolean holds, String sentence) {
        if (!holds) {
            broken.add(Manifests.id(object) + ": " + sentence);
        }
    }
}
