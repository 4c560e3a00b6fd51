package io.tenfold.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Every overlay and every set of chart values, before there is a node: what the API server says to them, and what they leave behind. */
final class ApplyChecks {

    private static final Path CHART = Path.of("helm/tenfold");
    private static final Path OVERLAYS = Path.of("k8s/overlays");
    /** Where Strimzi's topics are made in the sets of values that ask for them. */
    private static final String TOPICS = "kafka";

    private static final Duration GONE = Duration.ofMinutes(2);
    /** What Kubernetes puts into every namespace, and what it notes of others. */
    private static final List<String> EVERYWHERE = List.of(
            "configmap/kube-root-ca.crt",
            "serviceaccount/default",
            "event/",
            "event.events.k8s.io/",
            "endpointslice.discovery.k8s.io/",
            "lease.coordination.k8s.io/");

    private final Path root;
    private final ControlPlane cluster;

    ApplyChecks(Path root, ControlPlane cluster) {
        this.root = root;
        this.cluster = cluster;
    }

    /** Makes what is there before anything of Tenfold is. */
    void prepare() {
        cluster.addNamespace(TOPICS);
    }

    static List<Path> overlays(Path root) {
        return sorted(root.resolve(OVERLAYS), "");
    }

    static List<Path> valueSets(Path root) {
        return sorted(root.resolve(CHART).resolve("ci"), "-values.yaml");
    }

    private static List<Path> sorted(Path folder, String ending) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Applies an overlay and takes it away. */
    String overlay(Path overlay) {
        String namespace = "overlay-" + overlay.getFileName();
        cluster.addNamespace(namespace);
        long objects = applied(namespace, cluster.kubectl("kustomize", overlay.toString()));
        cluster.kubectl("delete", "namespace", namespace, "--wait=false");
        return "%d objects".formatted(objects);
    }

    /** Applies a rendering and takes it away; then install, upgrade, rollback, uninstall. */
    String values(Path values) {
        String name = values.getFileName().toString().replace("-values.yaml", "");
        String namespace = "values-" + name;
        String chart = root.resolve(CHART).toString();
        String[] from = {"tenfold", chart, "-f", values.toString(), "-n", namespace};
        cluster.addNamespace(namespace);
        // As this cluster would get it: Helm asks it which kinds it knows.
        long objects = applied(namespace, cluster.helm(words("template", from, "--validate")));
        cluster.helm(words("install", from));
        cluster.helm(words("upgrade", from, "--set", "deployment=changed"));
        CheckFailed.unless(deployment(namespace).equals("changed"), "the upgrade of %s changed nothing", name);
        cluster.helm("rollback", "tenfold", "1", "-n", namespace);
        CheckFailed.unless(!deployment(namespace).equals("changed"), "the rollback of %s brought nothing back", name);
        cluster.helm("uninstall", "tenfold", "-n", namespace, "--wait");
        awaitNothingLeft(namespace, Set.of());
        // What was asked for is not lost by an uninstallation: topics carry Helm's policy to keep them.
        List<String> kept = List.copyOf(left(TOPICS, kinds(), Set.of()));
        CheckFailed.unless(kept.stream().allMatch(left -> left.startsWith("kafkatopic.")), "left: %s", kept);
        kept.forEach(topic -> cluster.kubectl("delete", "-n", TOPICS, topic));
        cluster.kubectl("delete", "namespace", namespace, "--wait=false");
        return "%d objects; installed, upgraded, rolled back, uninstalled%s"
                .formatted(
                        objects, kept.isEmpty() ? "" : "; %d topics kept, as their policy says".formatted(kept.size()));
    }

    private static String[] words(String command, String[] arguments, String... more) {
        return Stream.of(Stream.of(command), Arrays.stream(arguments), Arrays.stream(more))
                .flatMap(words -> words)
                .toArray(String[]::new);
    }

    /** Applies objects with strict validation, twice (the second changes nothing), and takes them away. Returns how many there are. */
    private long applied(String namespace, String objects) {
        String file = written(namespace, objects).toString();
        // Where an object names no namespace of its own, as topics beside their broker do.
        cluster.kubectl("config", "set-context", "--current", "--namespace=" + namespace);
        String[] apply = {"apply", "--server-side", "--validate=strict", "-f", file};
        long count = withoutWarnings(cluster.kubectl(apply)).lines().count();
        cluster.kubectl(apply);
        cluster.kubectl("delete", "-f", file, "--wait=true", "--timeout=120s");
        awaitNothingLeft(namespace);
        return count;
    }

    private void awaitNothingLeft(String namespace) {
        awaitNothingLeft(namespace, Set.of());
        awaitNothingLeft(TOPICS, Set.of());
    }

    private String deployment(String namespace) {
        return cluster.kubectl(
                        "get",
                        "configmap",
                        "-n",
                        namespace,
                        "-l",
                        "app.kubernetes.io/name=tenfold",
                        "-o",
                        "jsonpath={.items[*].data.TENFOLD_DEPLOYMENT}")
                .strip();
    }

    private Path written(String name, String text) {
        try {
            return Files.writeString(Files.createTempFile(name, ".yaml"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String withoutWarnings(String words) {
        List<String> warnings =
                words.lines().filter(line -> line.startsWith("Warning")).toList();
        CheckFailed.unless(warnings.isEmpty(), "the API server warns: %s", warnings);
        return words;
    }

    /** @param kept what somebody else made there, such as {@code secret/tenfold-s3} */
    void awaitNothingLeft(String namespace, Set<String> kept) {
        String kinds = kinds();
        Set<String> left = new TreeSet<>();
        Patience.await(() -> "nothing left in %s: %s".formatted(namespace, left), GONE, () -> {
            left.clear();
            left.addAll(left(namespace, kinds, kept));
            return left.isEmpty();
        });
    }

    private String kinds() {
        return cluster.kubectl("api-resources", "--verbs=list", "--namespaced", "-o", "name")
                .lines()
                .filter(kind -> !kind.contains("metrics") && !kind.equals("endpoints"))
                .collect(Collectors.joining(","));
    }

    private Set<String> left(String namespace, String kinds, Set<String> kept) {
        return Arrays.stream(cluster.kubectl("get", kinds, "-n", namespace, "-o", "name", "--ignore-not-found")
                        .split("\n", -1))
                .filter(name -> name.contains("/") && !name.startsWith("Warning") && !kept.contains(name))
                .filter(name -> EVERYWHERE.stream().noneMatch(name::startsWith))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
