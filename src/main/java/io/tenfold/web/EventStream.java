package io.tenfold.web;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.JobDirectory;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;

/**
 * A job's events as they come, for one client. Between two looks at the rows nothing is held but a timer: thousands of
 * clients may watch and no thread waits for any of them.
 */
@ApplicationScoped
class EventStream {

    private static final int AT_ONCE = 1_000;

    private final JobDirectory directory;
    private final WebConfig config;

    EventStream(JobDirectory directory, WebConfig config) {
        this.directory = directory;
        this.config = config;
    }

    /**
     * What one look brought.
     *
     * @param events new ones, in order
     * @param silent nothing was sent for so long that a sign of life is due
     * @param last nothing will follow
     */
    record Look(List<CloudEvent> events, boolean silent, boolean last) {}

    /** The events above {@code afterSeq}, until the one that ends the job. */
    Multi<Look> follow(String jobId, long afterSeq) {
        return Multi.createBy()
                .repeating()
                .uni(() -> new Place(jobId, afterSeq), place -> Uni.createFrom()
                        .item(place::look)
                        .runSubscriptionOn(Infrastructure.getDefaultWorkerPool()))
                .withDelay(config.eventPollInterval())
                .whilst(look -> !look.last());
    }

    /** How far one client has read. Looks follow one another, so nothing here needs a lock. */
    private final class Place {

        private final String jobId;
        private volatile long seq;
        private volatile long sentAt = System.nanoTime();

        Place(String jobId, long afterSeq) {
            this.jobId = jobId;
            this.seq = afterSeq;
        }

        Look look() {
            List<CloudEvent> events = directory.events(jobId, seq, AT_ONCE);
            if (!events.isEmpty()) {
                seq = Sequence.of(events.getLast());
                sentAt = System.nanoTime();
                return new Look(events, false, Sequence.endsJob(events.getLast()));
            }
            boolean silent = Duration.ofNanos(System.nanoTime() - sentAt).compareTo(config.keepAliveInterval()) >= 0;
            if (silent) {
                sentAt = System.nanoTime();
            }
            // A job may have ended at or before the event the client had already.
            return new Look(events, silent, ended());
        }

        private boolean ended() {
            return directory.find(jobId).map(job -> job.state().terminal()).orElse(true)
                    && directory.events(jobId, seq, 1).isEmpty();
        }
    }
}
