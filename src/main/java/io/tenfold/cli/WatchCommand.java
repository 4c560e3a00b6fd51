package io.tenfold.cli;

import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Follows a job of a running system. */
@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = "Follows a job from its first event to its last; the exit code says how it ended.",
        footer = {
            "",
            "Examples:",
            "  ./tenfold watch support-lora",
            "  ./tenfold watch support-lora --json --since 2026-01-31T12:00:00Z"
        })
class WatchCommand implements Callable<Integer> {

    @Parameters(paramLabel = "JOB", description = "the job's id; one that is not there yet is waited for")
    String job = "";

    @Option(names = "--since", paramLabel = "TIME", description = "only events from this moment on (RFC 3339)")
    @Nullable
    Instant since;

    @Option(names = "--json", description = "every event as one CloudEvent line on stdout, the last one last")
    boolean json;

    @Mixin
    Connection connection = new Connection();

    @Override
    public Integer call() {
        return Watch.follow(connection, job, since, json);
    }
}
