package io.tenfold.telemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.tenfold.job.AttemptClaimed;
import io.tenfold.job.EventRecord;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobFacts;
import io.tenfold.job.JobState;
import io.tenfold.job.JobTold;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Turns what is told of jobs into spans below the request's trace: the door's in the process that has the door, an attempt's
 * in the process that trains. Costs next to nothing while no endpoint is configured, since spans are then empty.
 */
@ApplicationScoped
public class JobTraces {

    private final Tracer tracer;

    /** What this process claimed last and has not seen end; a process runs one attempt at a time. */
    private @Nullable AttemptClaimed claimed;

    private @Nullable AttemptTrace running;

    public JobTraces(Tracer tracer) {
        this.tracer = tracer;
    }

    synchronized void claimed(@Observes(during = TransactionPhase.AFTER_SUCCESS) AttemptClaimed claim) {
        if (running != null) {
            running.lost(claim.at());
            running = null;
        }
        claimed = claim;
    }

    synchronized void told(@Observes(during = TransactionPhase.AFTER_SUCCESS) JobTold told) {
        EventRecord record = told.event();
        if (!isOfTheAttempt(record)) {
            instant(record, told.job());
            return;
        }
        AttemptTrace attempt = running == null ? begin(record, told.job()) : running;
        running = attempt;
        attempt.told(record.event(), record.at());
        if (record.event().state() != JobState.RUNNING) {
            running = null;
            claimed = null;
        }
    }

    private boolean isOfTheAttempt(EventRecord record) {
        AttemptClaimed claim = claimed;
        return claim != null && claim.jobId().equals(record.jobId()) && claim.attempt() == record.attempt();
    }

    private AttemptTrace begin(EventRecord first, JobFacts job) {
        Instant start = claimed == null ? first.at() : claimed.at();
        if (first.attempt() == 1) {
            span("queue", first, job, job.submittedAt()).end(start);
        }
        return new AttemptTrace(tracer, span("attempt", first, job, start), start);
    }

    /** What the door says, and what happens to a job that nobody runs. */
    private void instant(EventRecord record, JobFacts job) {
        JobEvent event = record.event();
        boolean door = event instanceof JobEvent.Accepted || event instanceof JobEvent.Rejected;
        Span span = span(door ? "intake" : event.kind(), record, job, record.at());
        AttemptTrace.describeEnd(span, event);
        span.end();
    }

    private Span span(String name, EventRecord record, JobFacts job, Instant start) {
        return tracer.spanBuilder(name)
                .setParent(Trace.of(record.jobId(), job.trace()))
                .setStartTimestamp(start)
                .setAttribute("tenfold.job", record.jobId())
                .setAttribute("tenfold.method", job.method())
                .setAttribute("tenfold.attempt", record.attempt())
                .startSpan();
    }
}
