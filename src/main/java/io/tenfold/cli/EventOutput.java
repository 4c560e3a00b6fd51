package io.tenfold.cli;

import io.tenfold.job.CloudEvent;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/**
 * Where a job's events go on their way to the person: onto the board, and to stdout: with {@code --json} each as one
 * CloudEvent line, else a summary of the last one.
 */
public final class EventOutput implements AutoCloseable {

    private final ProgressBoard board = ProgressBoard.onStderr();
    private final PrintStream results;
    private final boolean json;
    private @Nullable CloudEvent last;

    /** @param json every event as one line on stdout */
    public EventOutput(boolean json) {
        this.results = System.out;
        this.json = json;
    }

    /** Takes in the next event. */
    public void hear(CloudEvent event) {
        if (json) {
            results.println(Json.line(event));
        }
        board.hear(event);
        if (isTerminal(event)) {
            last = event;
        }
    }

    public ProgressBoard board() {
        return board;
    }

    /** The event after which nothing follows; null when it has not come. */
    public @Nullable CloudEvent terminalEvent() {
        return last;
    }

    /** Whether nothing follows this event. */
    public static boolean isTerminal(CloudEvent event) {
        return switch (CloudEvent.kind(event.type())) {
            case "succeeded", "failed", "cancelled", "rejected" -> true;
            default -> false;
        };
    }

    /** The exit code that the last event stands for. */
    int exitStatus() {
        return last == null
                ? ExitStatus.JOB_FAILED
                : switch (CloudEvent.kind(last.type())) {
                    case "succeeded" -> ExitStatus.DONE;
                    case "rejected" -> ExitStatus.WRONG_REQUEST;
                    default -> ExitStatus.JOB_FAILED;
                };
    }

    /** Leaves the bars as they are and prints the summary. */
    @Override
    public void close() {
        board.close();
        if (last != null && !json) {
            results.print(Summary.of(last));
        }
        results.flush();
    }
}
