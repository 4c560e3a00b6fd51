package io.tenfold.cli;

import io.tenfold.worker.MachineCheck;
import io.tenfold.worker.MachineReport;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether jobs can run here, and on what. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = {
            "Loads PyTorch and tokenizers, tries the device, looks at the folders, and says what was found.",
            "The first time, the native libraries are unpacked to DJL_CACHE_DIR (default: ~/.djl.ai)."
        },
        footer = {
            "",
            "Exit code 1: something is missing; stderr says what, and the way out.",
            "",
            "Examples:",
            "  ./tenfold check",
            "  ./tenfold check --json | jq .device",
            "  TENFOLD_DEVICE=cuda:0 ./tenfold check"
        })
class CheckCommand implements Callable<Integer>, NeedsQuarkus {

    @Option(names = "--json", description = "everything as one line of JSON on stdout")
    boolean json;

    @Inject
    MachineCheck check;

    @Override
    public Map<String, String> settingsBeforeStart() {
        return NeedsQuarkus.toolProfile();
    }

    @Override
    public Integer call() {
        MachineReport report = check.look();
        if (json) {
            System.out.println(Json.line(report.facts()));
        } else {
            report.lines().forEach((name, value) -> System.out.printf("%-10s  %s%n", name, value));
        }
        report.problems().forEach(problem -> System.err.println(Words.of(problem)));
        return report.ready() ? ExitStatus.DONE : ExitStatus.JOB_FAILED;
    }
}
