package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The door: turns what was asked into a row and its first event, in one transaction. */
public interface JobIntake {

    /**
     * Accepts or rejects a request; the same id with the same body again changes nothing.
     *
     * @throws JobException {@code unavailable} when the rows can't be reached, {@code bad_request} for an id that can't be one
     */
    Outcome submit(Submission submission);

    /**
     * Notes a command; for a job not seen yet it waits until the job comes. A command for an ended job changes nothing.
     *
     * @throws JobException as {@link #submit} does
     */
    void command(String jobId, JobCommand command);

    /**
     * A request as it came in.
     *
     * @param id the record's own id, the CloudEvents id, or the record's key, in this order
     * @param body the request
     * @param trace the trace of the producer; null where there is none
     */
    record Submission(String id, JsonNode body, @Nullable TraceContext trace) {}

    /** What became of a submission. */
    sealed interface Outcome {
        /** A new job waits. */
        record Accepted(String jobId) implements Outcome {}

        /** The job was known, with this very body. */
        record Known(String jobId) implements Outcome {}

        /** The request is wrong; a {@code rejected} event says so. */
        record Rejected(String jobId, List<JobError> errors) implements Outcome {}

        /** The id belongs to a job with another body; nothing changed. */
        record Conflict(String jobId, JobError error) implements Outcome {}
    }
}
