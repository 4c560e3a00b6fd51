package io.tenfold.web;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobState;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A job's events as they come, for one client. Between two looks at the rows nothing is held but a timer: no thread
 * waits for any client. Each look is a query, so there is a most of streams.
 */
@ApplicationScoped
class EventStream {

    private static final int AT_ONCE = 1_000;

    private final JobDirectory directory;
    private final WebConfig config;
    private final AtomicInteger open = new AtomicInteger();

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

    /**
     * The events above {@code afterSeq}, until the one that ends the job.
     *
     * @throws ProblemException 503 when too many clients follow jobs already
     */
    Multi<Look> follow(String jobId, long afterSeq) {
        if (open.get() >= config.maxEventStreams()) {
            throw new ProblemException(Problem.plain(
                    503,
                    "%d clients follow jobs here; try again later, or ask for /v1/jobs/%s/events as JSON"
                            .formatted(open.get(), jobId)));
        }
        return looks(jobId, afterSeq)
                .onSubscription()
                .invoke(open::incrementAndGet)
                .onTermination()
                .invoke(open::decrementAndGet);
    }

    private Multi<Look> looks(String jobId, long afterSeq) {
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
        private volatile boolean looked;

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
            // A job may have ended at or before the event the client had already, or be forgotten meanwhile.
            boolean last = (silent || !looked) && ended();
            looked = true;
            return new Look(events, silent, last);
        }

        private boolean ended() {
            return directory.state(jobId).map(JobState::terminal).orElse(true)
                    && directory.events(jobId, seq, 1).isEmpty();
        }
    }
}
