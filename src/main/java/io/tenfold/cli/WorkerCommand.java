package io.tenfold.cli;

import io.quarkus.runtime.Quarkus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the container runs. The roles themselves start with Quarkus; this command keeps the program alive. */
@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        description = "Takes requests from Kafka, trains, and tells every step, until it is stopped.",
        footer = {
            "",
            "Examples:",
            "  ./tenfold worker",
            "  ./tenfold worker --roles intake,relay      a gateway, always on",
            "  ./tenfold worker --roles runner --once     one job or an idle time, for a pod of its own"
        })
class WorkerCommand implements Callable<Integer>, NeedsQuarkus {

    private static final List<String> ROLES = List.of("intake", "relay", "runner");

    @Option(
            names = "--roles",
            split = ",",
            paramLabel = "ROLE",
            description = "intake, relay, runner (default: tenfold.roles, all three)")
    List<String> roles = List.of();

    @Option(names = "--once", description = "one job or an idle time, then exit 0, also after a handover")
    boolean once;

    @Override
    public Integer call() {
        // Left to itself, Java ends at SIGTERM with 143, even when the job was handed over and all is well.
        StopSignal.listen(() -> Quarkus.asyncExit(ExitStatus.DONE));
        Quarkus.waitForExit();
        return ExitStatus.DONE;
    }

    @Override
    public Map<String, String> settingsBeforeStart() {
        for (String role : roles) {
            if (!ROLES.contains(role)) {
                throw CommandProblem.wrongRequest(
                        "--roles has %s; the roles are %s".formatted(role, String.join(", ", ROLES)));
            }
        }
        Map<String, String> settings = new HashMap<>();
        // What is not given leaves the environment its say.
        if (!roles.isEmpty()) {
            settings.put("tenfold.roles", String.join(",", roles));
        }
        if (once) {
            settings.put("tenfold.worker.once", "true");
        }
        return settings;
    }
}
