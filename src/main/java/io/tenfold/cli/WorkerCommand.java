package io.tenfold.cli;

import io.quarkus.runtime.Quarkus;
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
            description = "intake, relay, runner (default: all three)")
    List<String> roles = ROLES;

    @Option(names = "--once", description = "one job or an idle time, then exit 0, also after a handover")
    boolean once;

    @Override
    public Integer call() {
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
        return Map.of("tenfold.worker.roles", String.join(",", roles), "tenfold.worker.once", String.valueOf(once));
    }
}
