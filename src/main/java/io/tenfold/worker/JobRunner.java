package io.tenfold.worker;

import io.tenfold.job.ProgressSink;
import jakarta.enterprise.context.ApplicationScoped;

/** Runs one attempt at a job to its end, which it reports as an event: succeeded, failed, cancelled, paused or handed over. */
@ApplicationScoped
public class JobRunner {

    /**
     * Returns when the attempt has ended and its last event is written.
     *
     * @throws io.tenfold.job.LeaseLostException when another attempt has begun; nothing more is written then
     */
    public void run(Attempt attempt, ProgressSink sink) {
        sink.emit(new io.tenfold.job.JobEvent.Started("cpu", "fp32", 0, attempt.worker()));
    }
}
