package io.tenfold.cli;

import io.tenfold.job.JobRetention;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** What a gateway does every hour, for systems in which none is always on. */
@Command(
        name = "cleanup",
        mixinStandardHelpOptions = true,
        description = "Removes the rows of jobs that ended longer ago than tenfold.retention.jobs, and ends.",
        footer = {
            "",
            "A worker with the role intake does so itself every hour. Artifacts and topics are left alone.",
            "",
            "Examples:",
            "  ./tenfold cleanup",
            "  TENFOLD_RETENTION_JOBS=P180D ./tenfold cleanup"
        })
class CleanupCommand implements Callable<Integer>, NeedsQuarkus {

    @Inject
    JobRetention retention;

    @Override
    public Integer call() {
        String kept = words(retention.kept());
        System.out.printf("%d jobs that ended more than %s ago were removed%n", retention.forgetOld(), kept);
        System.out.printf(
                "keep requests in their topic for less than %s: one that is read again later runs again%n", kept);
        return ExitStatus.DONE;
    }

    private static String words(Duration time) {
        return time.equals(Duration.ofDays(time.toDays())) ? time.toDays() + " days" : time.toString();
    }

    @Override
    public Map<String, String> settingsBeforeStart() {
        return Map.of("tenfold.roles", "", "quarkus.http.host-enabled", "false");
    }
}
