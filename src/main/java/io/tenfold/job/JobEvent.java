package io.tenfold.job;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What can be told of a job; each record is the {@code data} of one CloudEvents type, less the fields that
 * {@link EventRecord} adds. The first sentence of each names the moment.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public sealed interface JobEvent {

    /** The last but one part of the CloudEvents type {@code io.tenfold.job.<kind>.v1}. */
    @JsonIgnore
    default String kind() {
        return switch (this) {
            case Accepted e -> "accepted";
            case Rejected e -> "rejected";
            case Started e -> "started";
            case DataReport e -> "data_report";
            case Progress e -> "progress";
            case Evaluated e -> "evaluated";
            case Checkpoint e -> "checkpoint";
            case HandedOver e -> "handed_over";
            case Paused e -> "paused";
            case Succeeded e -> "succeeded";
            case Failed e -> "failed";
            case Cancelled e -> "cancelled";
        };
    }

    /** The state in which the job is after this event. */
    @JsonIgnore
    default JobState state() {
        return switch (this) {
            case Accepted e -> JobState.QUEUED;
            case HandedOver e -> JobState.QUEUED;
            case Rejected e -> JobState.REJECTED;
            case Started e -> JobState.RUNNING;
            case DataReport e -> JobState.RUNNING;
            case Progress e -> JobState.RUNNING;
            case Evaluated e -> JobState.RUNNING;
            case Checkpoint e -> JobState.RUNNING;
            case Paused e -> JobState.PAUSED;
            case Succeeded e -> JobState.SUCCEEDED;
            case Failed e -> JobState.FAILED;
            case Cancelled e -> JobState.CANCELLED;
        };
    }

    /** The same event with what the job cost, if it is one that tells it: the last of a job that was accepted. */
    default JobEvent with(Spent spent) {
        return switch (this) {
            case Succeeded e ->
                new Succeeded(
                        e.artifactUri,
                        e.manifestSha256,
                        e.artifactBytes,
                        e.trainableParameters,
                        e.methodParameters,
                        e.totalParameters,
                        e.metrics,
                        e.bestStep,
                        e.examplesPerSecond,
                        e.seconds,
                        e.peakMemoryBytes,
                        spent);
            case Failed e -> new Failed(e.error, e.step, e.checkpointUri, e.gate, e.evidenceUri, e.metrics, spent);
            case Cancelled e -> new Cancelled(e.step, e.checkpointUri, spent);
            default -> this;
        };
    }

    /**
     * What a job cost over all its attempts.
     *
     * @param deviceSeconds how long attempts held a device; of one that died, until it last said that it lived
     * @param cost these seconds times the installation's price; null: it has none
     * @param currency of the cost
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonNaming(SnakeCaseStrategy.class)
    record Spent(
            double deviceSeconds,
            @Nullable Double cost,
            @Nullable String currency) {}

    /** A request became a job. */
    @JsonNaming(SnakeCaseStrategy.class)
    record Accepted(String requestSha256, long queuedAhead) implements JobEvent {}

    /** A request was refused at the door; {@code error} is the first of {@code errors}. */
    record Rejected(List<JobError> errors, JobError error) implements JobEvent {

        public Rejected(List<JobError> errors) {
            this(List.copyOf(errors), errors.getFirst());
        }
    }

    /** An attempt began. */
    @JsonNaming(SnakeCaseStrategy.class)
    record Started(String device, String precision, long resumedFromStep, String worker) implements JobEvent {}

    /** The data was read, before the first step; per split what {@code data} counted. */
    record DataReport(Map<String, JsonNode> splits) implements JobEvent {}

    /** A few steps were made. Times in seconds, memory in bytes. */
    @JsonNaming(SnakeCaseStrategy.class)
    record Progress(
            @Nullable String stage,
            long step,
            long totalSteps,
            double epoch,
            double percent,
            double loss,
            double learningRate,
            double gradNorm,
            double examplesPerSecond,
            double tokensPerSecond,
            double etaSeconds,
            long memoryBytes)
            implements JobEvent {}

    /** A split was scored. */
    record Evaluated(@Nullable String stage, long step, String split, Map<String, Object> metrics)
            implements JobEvent {}

    /** A checkpoint lies complete in the store. */
    record Checkpoint(@Nullable String stage, long step, String uri, long bytes, double seconds) implements JobEvent {}

    /** The worker goes away; another attempt follows from {@code uri} (null: from the beginning). */
    record HandedOver(long step, @Nullable String uri) implements JobEvent {}

    /** The job waits for {@code resume}. */
    record Paused(long step, @Nullable String uri) implements JobEvent {}

    /** The artifact is published. {@code seconds} by phase of this attempt, and {@code total}. */
    @JsonNaming(SnakeCaseStrategy.class)
    record Succeeded(
            String artifactUri,
            String manifestSha256,
            long artifactBytes,
            long trainableParameters,
            long methodParameters,
            long totalParameters,
            Map<String, Object> metrics,
            long bestStep,
            double examplesPerSecond,
            Map<String, Double> seconds,
            long peakMemoryBytes,
            @JsonUnwrapped @Nullable Spent spent)
            implements JobEvent {

        public Succeeded(
                String artifactUri,
                String manifestSha256,
                long artifactBytes,
                long trainableParameters,
                long methodParameters,
                long totalParameters,
                Map<String, Object> metrics,
                long bestStep,
                double examplesPerSecond,
                Map<String, Double> seconds,
                long peakMemoryBytes) {
            this(
                    artifactUri,
                    manifestSha256,
                    artifactBytes,
                    trainableParameters,
                    methodParameters,
                    totalParameters,
                    metrics,
                    bestStep,
                    examplesPerSecond,
                    seconds,
                    peakMemoryBytes,
                    null);
        }
    }

    /**
     * A gate that the artifact did not pass.
     *
     * @param name the request's field, such as {@code gates.min_metric}
     * @param of what was measured, such as {@code accuracy}
     */
    record Gate(String name, String of, double value, double limit) {}

    /**
     * The job ended without an artifact.
     *
     * @param gate null unless a gate failed
     * @param evidenceUri where the files lie that failed it
     * @param metrics of these files
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record Failed(
            JobError error,
            long step,
            @Nullable String checkpointUri,
            @Nullable Gate gate,
            @Nullable String evidenceUri,
            @Nullable Map<String, Object> metrics,
            @JsonUnwrapped @Nullable Spent spent)
            implements JobEvent {

        public Failed(JobError error, long step, @Nullable String checkpointUri) {
            this(error, step, checkpointUri, null, null, null);
        }

        public Failed(
                JobError error,
                long step,
                @Nullable String checkpointUri,
                @Nullable Gate gate,
                @Nullable String evidenceUri,
                @Nullable Map<String, Object> metrics) {
            this(error, step, checkpointUri, gate, evidenceUri, metrics, null);
        }
    }

    /** Somebody cancelled the job. */
    @JsonNaming(SnakeCaseStrategy.class)
    record Cancelled(
            long step,
            @Nullable String checkpointUri,
            @JsonUnwrapped @Nullable Spent spent) implements JobEvent {

        public Cancelled(long step, @Nullable String checkpointUri) {
            this(step, checkpointUri, null);
        }
    }
}
