package io.tenfold.cli;

import io.tenfold.job.CloudEvent;
import io.tenfold.job.EventRecord;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.job.ProgressSink;
import java.time.Instant;
import java.util.function.Consumer;

/** The sink of a job that runs here alone: no lease to lose, every event goes straight to the person. */
final class LocalSink implements ProgressSink {

    private static final String DEPLOYMENT = "local";

    private final String jobId;
    private final Consumer<CloudEvent> listener;
    private volatile Interruption interruption = Interruption.NONE;
    private int attempt;
    private long seq;

    LocalSink(String jobId, Consumer<CloudEvent> listener) {
        this.jobId = jobId;
        this.listener = listener;
    }

    /** Events from here on belong to this attempt; before, they are intake's. */
    void begin(int fence) {
        attempt = fence;
    }

    /** Asks the attempt to stop at its next step. */
    void interrupt(Interruption wish) {
        interruption = wish;
    }

    @Override
    public synchronized void emit(JobEvent event) {
        seq++;
        Instant now = Instant.now();
        EventRecord written = new EventRecord(jobId, seq, attempt, now, event);
        listener.accept(
                CloudEvent.of(DEPLOYMENT, event.kind(), jobId, seq, now.toString(), Json.MAPPER.valueToTree(written)));
    }

    @Override
    public Interruption interruption() {
        return interruption;
    }

    @Override
    public void renew() {
        // Nobody else can take a job that stands in no queue.
    }
}
