package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The runner's side of the queue: claim a job under a lease with a fence. */
public interface JobQueue {

    /**
     * The next job for this worker, marked {@code running} under a new fence; empty when nothing waits that no other claim
     * has in hand at this moment.
     */
    Optional<Claim> claim(String worker);

    /**
     * One attempt at a job.
     *
     * @param fence the attempt's number, 1 for the first; it is in every path and every event
     * @param request the body as it was accepted
     * @param requestHash SHA-256 of the body's canonical JSON, hexadecimal
     * @param checkpoint the newest checkpoint of an earlier attempt; null at a fresh start
     * @param sink writes under this fence; closing it ends the lease's renewal
     */
    record Claim(
            String jobId,
            int fence,
            JsonNode request,
            String requestHash,
            @Nullable CheckpointRef checkpoint,
            Sink sink) {}

    /** A sink whose lease is renewed in the background until it is closed. */
    interface Sink extends ProgressSink, AutoCloseable {

        /** Asks the attempt to stop at its next step so that another worker goes on. */
        void requestHandOver();

        /**
         * Puts the job back into the queue, from its newest checkpoint, for an attempt that did not stop in time: nothing
         * crashed, so this is no death. What the attempt writes afterwards is refused. Any thread may call it.
         */
        void handBack();

        /** Whether the attempt's last event is written. */
        boolean ended();

        @Override
        void close();
    }
}
