package io.tenfold.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The reading side: what stands in the rows, for REST. */
public interface JobDirectory {

    /** Jobs, newest first, without their requests: a page of them could be hundreds of megabytes. */
    Page list(Filter filter);

    /** One job. */
    Optional<JobView> find(String jobId);

    /** Where one job stands; nothing else of it is read. */
    Optional<JobState> state(String jobId);

    /** Events of a job with numbers above {@code afterSeq}, in order, at most {@code limit}. */
    List<CloudEvent> events(String jobId, long afterSeq, int limit);

    /** How much waits and runs now; what has ended is not counted, since it only grows. */
    Standing standing();

    /**
     * How things stand at one moment.
     *
     * @param oldestQueuedSeconds how long ago the oldest of the jobs that wait was submitted; 0: none waits
     * @param overdueLeases jobs that run for whoever asks the rows, but whose worker is silent
     * @param unpublished events that wait for a relay
     * @param oldestUnpublishedSeconds how long the oldest of them waits; 0: none does
     */
    record Standing(
            List<Count> jobs,
            double oldestQueuedSeconds,
            long overdueLeases,
            long unpublished,
            double oldestUnpublishedSeconds) {

        /** Jobs of one method in one state. */
        public record Count(JobState state, String method, long jobs) {}
    }

    /**
     * Which jobs.
     *
     * @param state null: any
     * @param method null: any
     * @param limit rows in a page
     * @param after the {@link Page#next()} of the page before; null: the first page
     */
    record Filter(
            @Nullable JobState state,
            @Nullable String method,
            int limit,
            @Nullable String after) {}

    /** @param next names the next page; null: this is the last */
    record Page(List<JobView> jobs, @Nullable String next) {}

    /**
     * A job as REST shows it.
     *
     * @param request the body as it was accepted; null in lists
     */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record JobView(
            String id,
            JobState state,
            String method,
            int priority,
            int attempt,
            String requestSha256,
            @Nullable JsonNode request,
            @Nullable String worker,
            Instant submittedAt,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable String checkpointUri,
            @Nullable JsonNode lastProgress,
            @Nullable JsonNode terminal) {}
}
