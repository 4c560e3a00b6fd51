package io.tenfold.cli;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Follows one job to its end, for {@code watch} and {@code submit --watch}. */
final class Watch {

    private Watch() {}

    /** Returns the exit code that the job's last event stands for, or that of an interruption. */
    static int follow(Connection connection, String job, @Nullable Instant since, boolean json) {
        try (EventFeed feed = new EventFeed(connection.kafka, connection.eventsTopic(), Set.of(job), since);
                EventOutput output = new EventOutput(json)) {
            output.board().expect(job);
            StopSignal stop = StopSignal.listen(feed::stop);
            feed.follow(event -> {
                output.hear(event);
                return !EventOutput.isTerminal(event);
            });
            return stop.came() ? ExitStatus.INTERRUPTED : output.exitStatus();
        }
    }
}
