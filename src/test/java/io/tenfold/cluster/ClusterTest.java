package io.tenfold.cluster;

import io.tenfold.localstack.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./tenfold cluster-test}. */
@Command(
        name = "cluster-test",
        mixinStandardHelpOptions = true,
        description = {
            "Applies every overlay and every set of chart values to a real Kubernetes control plane, then installs the chart and runs real workers as its pods.",
            "k8s/test/control-plane.sh builds the control plane from Go modules the first time (some 25 minutes); the checks take half an hour on two cores."
        })
final class ClusterTest implements Callable<Integer> {

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "where logs and the report are left (default: ${DEFAULT-VALUE})")
    Path directory = Path.of("target/cluster-test");

    @Option(
            names = "--bin",
            paramLabel = "DIR",
            description = "the control plane's programs (default: ~/.cache/control-plane/bin)")
    Path binaries = Path.of(System.getProperty("user.home"), ".cache/control-plane/bin");

    @Option(
            names = "--only",
            paramLabel = "WORD",
            description = "only checks with this word in their names; those of an installation run after it")
    String only = "";

    private final List<String> report = new ArrayList<>();
    private int failed;
    private int passed;

    public static void main(String... arguments) {
        System.exit(new CommandLine(new ClusterTest()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Path root = Path.of(System.getProperty("tenfold.root", "."))
                .toAbsolutePath()
                .normalize();
        Path folder = Files.createTempDirectory(Files.createDirectories(directory.toAbsolutePath()), "run-");
        System.err.println("state, logs and pods' folders: " + folder);
        try (ControlPlane cluster = new ControlPlane(root, folder.resolve("control-plane"), binaries)) {
            manifests(root, cluster);
            installation(root, folder, cluster);
        }
        report.add("");
        report.add("%d passed, %d failed".formatted(passed, failed));
        Files.write(folder.resolve("report.md"), report);
        System.out.println(report.getLast());
        return failed == 0 ? 0 : 1;
    }

    private void manifests(Path root, ControlPlane cluster) {
        List<String> kinds = CustomResources.install(root, cluster);
        report.add("# What `./tenfold cluster-test` saw");
        report.add("");
        report.add("%s, %d cores; %s."
                .formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.getRuntime().availableProcessors(),
                        cluster.kubectl("version").strip().replace("\n", ", ")));
        report.add("");
        report.add("Kinds whose operators do not run here; the API server knows them by their schemas: "
                + String.join(", ", kinds) + ".");
        report.add("");
        report.add("| | check | time | seen |");
        report.add("|---|---|---:|---|");
        report.forEach(System.err::println);
        ApplyChecks checks = new ApplyChecks(root, cluster);
        checks.prepare();
        ApplyChecks.overlays(root)
                .forEach(overlay -> check("overlay " + overlay.getFileName(), () -> checks.overlay(overlay)));
        ApplyChecks.valueSets(root)
                .forEach(values -> check("values " + values.getFileName(), () -> checks.values(values)));
    }

    private void installation(Path root, Path folder, ControlPlane cluster) {
        if (!only.isEmpty() && (only.contains("overlay") || only.contains("values"))) {
            return;
        }
        Program program = Program.linkedInto(folder.resolve("program"));
        ApplyChecks manifests = new ApplyChecks(root, cluster);
        try (Outside outside = new Outside(root, folder.resolve("outside"));
                Jobs jobs = new Jobs(outside.bootstrap());
                PodRunner runner = new PodRunner(cluster.client(), program, folder.resolve("pods"))) {
            cluster.addNode("node-0", 32, LiveChecks.GPUS);
            cluster.addNode("node-1", 8, 0);
            LiveChecks live = new LiveChecks(root, folder, cluster, outside, runner, jobs);
            live.prepare();
            always("install, scaledJob", () -> live.install("scaledJob", true));
            check("helm test", live::helmTest);
            always("ten requests, scaledJob", () -> live.tenRequests("runner", "ten"));
            check("a pod deleted in the middle of a job", live::podDeleted);
            check("a pod killed in the middle of a job", live::podKilled);
            check("the ScaledJob changed in the middle of a job", live::scaledJobChanged);
            check("the node drained in the middle of a job", live::nodeDrained);
            check("KEDA restarted", live::kedaRestarted);
            check("the broker away for a minute", live::brokerAway);
            check("the database away for a minute", live::databaseAway);
            check("a hundred requests at once", live::hundredRequests);
            always("uninstall, scaledJob", () -> live.uninstall(manifests));
            always("install, scaleToZero", () -> live.install("scaleToZero", false));
            check("ten requests, scaleToZero", () -> live.tenRequests("worker", "zero"));
            always("uninstall, scaleToZero", () -> live.uninstall(manifests));
            check("every pod's runner did its part", () -> {
                CheckFailed.unless(runner.problems().isEmpty(), "%s", runner.problems());
                return "%d pods".formatted(runner.exitCodes().size());
            });
        }
    }

    private void check(String name, Supplier<String> check) {
        if (name.contains(only)) {
            always(name, check);
        }
    }

    private void always(String name, Supplier<String> check) {
        long began = System.nanoTime();
        String seen;
        boolean right = true;
        try {
            seen = check.get();
            passed++;
        } catch (RuntimeException e) {
            right = false;
            seen = e.toString();
            failed++;
        }
        String line = String.format(
                Locale.ROOT,
                "| %s | %s | %.0f s | %s |",
                right ? "ok" : "**failed**",
                name,
                (System.nanoTime() - began) / 1e9,
                seen.strip().replace("\n", " "));
        report.add(line);
        System.out.println(line);
    }
}
