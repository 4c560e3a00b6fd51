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

    /** Applies an overlay with strict validation, twice (the second changes nothing), and takes it away. Returns how many objects it has. */
    String overlay(Path overlay) {
        String namespace = "overlay-" + overlay.getFileName();
        cluster.addNamespace(namespace);
        String objects = cluster.kubectl("kustomize", overlay.toString());
        Path file = written(namespace, objects);
        String[] apply = {"apply", "--server-side", "--validate=strict", "-n", namespace, "-f", file.toString()};
        String first = withoutWarnings(cluster.kubectl(apply));
        cluster.kubectl(apply);
        cluster.kubectl("delete", "-n", namespace, "-f", file.toString(), "--wait=true", "--timeout=120s");
        awaitNothingLeft(namespace, Set.of());
        cluster.kubectl("delete", "namespace", namespace, "--wait=false");
        return "%d objects".formatted(first.lines().count());
    }

    /** Applies a rendering with strict validation; then install, upgrade, rollback, uninstall. */
    String values(Path values) {
        String name = values.getFileName().toString().replace("-values.yaml", "");
        String namespace = "values-" + name;
        String chart = root.resolve(CHART).toString();
        cluster.addNamespace(namespace);
        Path file = written(
                namespace, cluster.helm("template", "tenfold", chart, "-f", values.toString(), "-n", namespace));
        String[] dry = {
            "apply", "--server-side", "--validate=strict", "--dry-run=server", "-n", namespace, "-f", file.toString()
        };
        String applied = withoutWarnings(cluster.kubectl(dry));
        cluster.helm("install", "tenfold", chart, "-f", values.toString(), "-n", namespace);
        cluster.helm(
                "upgrade", "tenfold", chart, "-f", values.toString(), "-n", namespace, "--set", "deployment=changed");
        CheckFailed.unless(deployment(namespace).equals("changed"), "the upgrade of %s changed nothing", name);
        cluster.helm("rollback", "tenfold", "1", "-n", namespace);
        CheckFailed.unless(!deployment(namespace).equals("changed"), "the rollback of %s brought nothing back", name);
        cluster.helm("uninstall", "tenfold", "-n", namespace, "--wait");
        awaitNothingLeft(namespace, Set.of());
        cluster.kubectl("delete", "namespace", namespace, "--wait=false");
        return "%d objects; installed, upgraded, rolled back, uninstalled"
                .formatted(applied.lines().count());
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
        String kinds = cluster.kubectl("api-resources", "--verbs=list", "--namespaced", "-o", "name")
                .lines()
                .filter(kind -> !kind.contains("metrics"))
                .collect(Collectors.joining(","));
        Patience.await("nothing left in %s: %s".formatted(namespace, left(namespace, kinds, kept)), GONE, () -> left(
                        namespace, kinds, kept)
                .isEmpty());
    }

    private Set<String> left(String namespace, String kinds, Set<String> kept) {
        return Arrays.stream(cluster.kubectl("get", kinds, "-n", namespace, "-o", "name", "--ignore-not-found")
                        .split("\n", -1))
                .filter(name -> !name.isBlank() && !kept.contains(name))
                .filter(name -> EVERYWHERE.stream().noneMatch(name::startsWith))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
