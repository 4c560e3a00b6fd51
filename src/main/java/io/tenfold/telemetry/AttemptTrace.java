package io.tenfold.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The spans of one attempt: {@code load}, {@code train} and {@code publish} one after another, and each checkpoint beside
 * them. Evaluations are moments within {@code train}, which knows how long they took together.
 */
final class AttemptTrace {

    private static final String STEP = "tenfold.step";

    private final Tracer tracer;
    private final Span attempt;
    private final Context context;

    /** The part that runs now. */
    private Span phase;

    /** @param start when {@code attempt} started */
    AttemptTrace(Tracer tracer, Span attempt, Instant start) {
        this.tracer = tracer;
        this.attempt = attempt;
        this.context = Context.root().with(attempt);
        this.phase = child("load", start);
    }

    /** The next event; after the last one this trace is complete. */
    void told(JobEvent event, Instant at) {
        switch (event) {
            case JobEvent.Started e ->
                attempt.setAttribute("tenfold.device", e.device())
                        .setAttribute("tenfold.worker", e.worker())
                        .setAttribute("tenfold.resumed_from_step", e.resumedFromStep());
            case JobEvent.DataReport _ -> {
                phase.end(at);
                phase = child("train", at);
            }
            case JobEvent.Checkpoint e ->
                child("checkpoint", before(at, e.seconds()))
                        .setAttribute(STEP, e.step())
                        .setAttribute("tenfold.bytes", e.bytes())
                        .end(at);
            case JobEvent.Evaluated e -> phase.addEvent("evaluated", attributes(e), at);
            case JobEvent.Progress _ -> {}
            case JobEvent.Succeeded e -> {
                publish(e, at);
                end(e, at);
            }
            default -> end(event, at);
        }
    }

    private void publish(JobEvent.Succeeded event, Instant at) {
        Map<String, Double> seconds = event.seconds();
        Instant start = before(at, seconds.getOrDefault("publish", 0.0));
        phase.setAttribute("tenfold.evaluate.seconds", seconds.getOrDefault("evaluate", 0.0));
        phase.setAttribute("tenfold.checkpoint.seconds", seconds.getOrDefault("checkpoint", 0.0));
        phase.end(start);
        phase = child("publish", start).setAttribute("tenfold.bytes", event.artifactBytes());
    }

    private void end(JobEvent event, Instant at) {
        describeEnd(attempt, event);
        phase.end(at);
        attempt.end(at);
    }

    /** The attempt never said how it ended, and this process has taken another. */
    void lost(Instant at) {
        attempt.setStatus(StatusCode.ERROR, "the lease was lost");
        phase.end(at);
        attempt.end(at);
    }

    /** State, error and steps of a job's newest event. */
    static void describeEnd(Span span, JobEvent event) {
        span.setAttribute("tenfold.state", event.state().wire());
        switch (event) {
            case JobEvent.Failed e -> error(span, e.error()).setAttribute(STEP, e.step());
            case JobEvent.Rejected e -> error(span, e.error());
            case JobEvent.Cancelled e -> span.setAttribute(STEP, e.step());
            case JobEvent.HandedOver e -> span.setAttribute(STEP, e.step());
            case JobEvent.Paused e -> span.setAttribute(STEP, e.step());
            case JobEvent.Succeeded e ->
                span.setAttribute("tenfold.best_step", e.bestStep()).setAttribute("tenfold.artifact", e.artifactUri());
            default -> {}
        }
    }

    private static Span error(Span span, JobError error) {
        return span.setStatus(StatusCode.ERROR, error.message())
                .setAttribute("tenfold.code", error.code().wire());
    }

    private Span child(String name, Instant start) {
        return tracer.spanBuilder(name)
                .setParent(context)
                .setStartTimestamp(start)
                .startSpan();
    }

    private static Instant before(Instant at, double seconds) {
        return at.minus(Duration.ofNanos(Math.round(Math.max(0, seconds) * 1e9)));
    }

    private static Attributes attributes(JobEvent.Evaluated event) {
        AttributesBuilder attributes =
                Attributes.builder().put(STEP, event.step()).put("tenfold.split", event.split());
        event.metrics().forEach((name, value) -> put(attributes, name, value));
        return attributes.build();
    }

    private static void put(AttributesBuilder attributes, String metric, @Nullable Object value) {
        if (value instanceof Number number) {
            attributes.put("tenfold.metrics." + metric, number.doubleValue());
        }
    }
}
