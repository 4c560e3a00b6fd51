package io.tenfold.jobstate;

import io.tenfold.job.AttemptClaimed;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.EventsWait;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobQueue;
import io.tenfold.job.JobState;
import io.tenfold.job.LeaseLost;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jboss.logging.Logger;

/** The queue, on rows: {@code FOR UPDATE SKIP LOCKED} hands each job to one worker, the fence keeps it that way. */
@ApplicationScoped
public class DatabaseJobQueue implements JobQueue {

    private static final Logger LOG = Logger.getLogger(DatabaseJobQueue.class);

    private final Transactions transactions;
    private final Turns turns;
    private final JobRows jobs;
    private final EventRows events;
    private final JobStory story;
    private final LeaseConfig config;
    private final Event<EventsWait> eventsWait;
    private final Event<AttemptClaimed> claimed;
    private final Event<LeaseLost> leaseLost;
    private final ScheduledExecutorService renewals = Executors.newSingleThreadScheduledExecutor(
            work -> Thread.ofPlatform().daemon().name("lease-renewal").unstarted(work));

    DatabaseJobQueue(
            Transactions transactions,
            Turns turns,
            JobRows jobs,
            EventRows events,
            JobStory story,
            LeaseConfig config,
            Event<EventsWait> eventsWait,
            Event<AttemptClaimed> claimed,
            Event<LeaseLost> leaseLost) {
        this.transactions = transactions;
        this.turns = turns;
        this.jobs = jobs;
        this.events = events;
        this.story = story;
        this.config = config;
        this.eventsWait = eventsWait;
        this.claimed = claimed;
        this.leaseLost = leaseLost;
    }

    @PreDestroy
    void stopRenewals() {
        renewals.shutdownNow();
    }

    @Override
    public Optional<Claim> claim(String worker) {
        while (true) {
            Turn turn = transactions.run(() -> takeNext(worker));
            switch (turn) {
                case Turn.Nothing nothing -> {
                    return Optional.empty();
                }
                case Turn.Settled settled -> eventsWait.fire(new EventsWait());
                case Turn.Begun begun -> {
                    return Optional.of(claimOf(begun));
                }
            }
        }
    }

    /** What became of the row whose turn it was. */
    private sealed interface Turn {
        record Nothing() implements Turn {}

        /** It ended or was paused without an attempt. */
        record Settled() implements Turn {}

        record Begun(JobRow row, String request, int fence) implements Turn {}
    }

    private Turn takeNext(String worker) {
        Optional<JobRow> found = turns.next(config.grace());
        if (found.isEmpty()) {
            return new Turn.Nothing();
        }
        JobRow row = found.get();
        boolean died = row.stateNow() == JobState.RUNNING;
        int deaths = row.deaths + (died ? 1 : 0);
        if (died) {
            leaseLost.fire(new LeaseLost(row.id, row.fence));
        }
        Optional<JobEvent> end = JobStory.fulfil(row).or(() -> crashLoop(row, deaths));
        if (end.isPresent()) {
            story.write(row.id, row.fence, row.stateNow(), row.lastSeq + 1, end.get());
            return new Turn.Settled();
        }
        claimed.fire(new AttemptClaimed(row.id, row.fence + 1, Instant.now()));
        if (died) {
            LOG.warnf(
                    "attempt %d of job %s died on %s; attempt %d follows", row.fence, row.id, row.owner, row.fence + 1);
        }
        jobs.begin(row, worker, deaths, config.duration());
        return new Turn.Begun(row, row.request(), row.fence + 1);
    }

    private Optional<JobEvent> crashLoop(JobRow row, int deaths) {
        if (deaths < config.deaths()) {
            return Optional.empty();
        }
        JobError error = new JobError(
                ErrorCode.CRASH_LOOP,
                ("%d attempts died without a new checkpoint, the last on %s; look at that worker's log and memory limit,"
                                + " then submit the job under another id")
                        .formatted(deaths, row.owner),
                null);
        Long step = row.checkpointStep;
        return Optional.of(new JobEvent.Failed(error, step == null ? 0 : step, row.checkpointUri));
    }

    private Claim claimOf(Turn.Begun begun) {
        JobRow row = begun.row();
        int fence = begun.fence();
        LeasedSink sink =
                new LeasedSink(row.id, fence, row.lastSeq, transactions, jobs, events, config, this::wakeRelay);
        sink.keepRenewing(renewals);
        return new Claim(row.id, fence, EventJson.parse(begun.request()), row.requestSha256, row.checkpoint(), sink);
    }

    private void wakeRelay() {
        eventsWait.fire(new EventsWait());
    }
}
