package io.tenfold.jobstate;

import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.job.JobQueue;
import io.tenfold.job.JobState;
import io.tenfold.job.LeaseLostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Writes for one attempt, under its fence. While the fence holds, nobody else numbers the job's events. */
final class LeasedSink implements JobQueue.Sink {

    private static final Logger LOG = Logger.getLogger(LeasedSink.class);

    private static final String PROGRESS = "progress";

    private final String jobId;
    private final int fence;
    private final Transactions transactions;
    private final JobRows jobs;
    private final EventRows events;
    private final LeaseConfig config;
    private final Runnable wakeRelay;
    private final Patience patience;

    /** The number of the newest event; touched by the writing thread alone. */
    private long lastSeq;

    private long droppedProgress;

    /** Whether progress was dropped that may stand in the rows all the same: only the commit's answer was lost. */
    private boolean progressInDoubt;

    private long renewedAt = System.nanoTime();
    private volatile Wish wish = Wish.NONE;
    private volatile boolean handOver;
    private volatile boolean lost;
    private volatile boolean ended;
    private @Nullable ScheduledFuture<?> renewal;

    LeasedSink(
            String jobId,
            int fence,
            long lastSeq,
            Transactions transactions,
            JobRows jobs,
            EventRows events,
            LeaseConfig config,
            Runnable wakeRelay) {
        this.jobId = jobId;
        this.fence = fence;
        this.lastSeq = lastSeq;
        this.transactions = transactions;
        this.jobs = jobs;
        this.events = events;
        this.config = config;
        this.wakeRelay = wakeRelay;
        this.patience = new Patience(config.patience());
    }

    void keepRenewing(ScheduledExecutorService executor) {
        long every = config.wishes().toMillis();
        renewal = executor.scheduleWithFixedDelay(this::lookAtRow, every, every, TimeUnit.MILLISECONDS);
    }

    /** Reads what is asked of the attempt and, when it is time, renews the lease in the same transaction. */
    private void lookAtRow() {
        if (lost || ended) {
            return;
        }
        try {
            boolean due = System.nanoTime() - renewedAt >= config.renewal().toNanos();
            Optional<Wish> found = transactions.run(() -> {
                if (due && !jobs.renew(jobId, fence, config.duration())) {
                    return Optional.empty();
                }
                return jobs.wish(jobId, fence);
            });
            if (due) {
                renewedAt = System.nanoTime();
            }
            found.ifPresentOrElse(asked -> wish = asked, this::noticeLoss);
        } catch (RuntimeException | Error e) {
            // The lease outlives a short outage, and renewal matches the fence even after expiry. What escaped from
            // here
            // would end the looks for good.
            LOG.warnf("the lease of job %s could not be looked at: %s", jobId, e);
        }
    }

    private void noticeLoss() {
        if (!ended) {
            lost = true;
        }
    }

    @Override
    public void emit(JobEvent event) {
        refuseWhenOver();
        if (!(event instanceof JobEvent.Progress)) {
            patiently("event " + event.kind(), () -> write(event));
        } else if (!wroteProgress(event)) {
            return;
        }
        if (event.state() != JobState.RUNNING) {
            ended = true;
        }
        wakeRelay.run();
    }

    private boolean wroteProgress(JobEvent event) {
        try {
            write(event);
        } catch (JobException e) {
            if (e.code() != ErrorCode.UNAVAILABLE) {
                throw e;
            }
            droppedProgress++;
            progressInDoubt = true;
            return false;
        }
        if (droppedProgress > 0) {
            LOG.warnf("%d progress events of job %s were dropped while the database was away", droppedProgress, jobId);
            droppedProgress = 0;
        }
        return true;
    }

    /** Writes the event with the next number, or finds that an earlier try did, though its answer was lost. */
    private void write(JobEvent event) {
        lastSeq = transactions.run(() -> {
            // Locked before the wish goes out of the row: what is asked from here on finds a job that has stopped.
            Optional<JobRow> stopping = event.state() == JobState.RUNNING ? Optional.empty() : jobs.locked(jobId);
            if (stopping.isPresent()) {
                jobs.count(jobId, fence);
            }
            long next = firstFree(lastSeq + 1);
            if (jobs.advance(jobId, fence, JobState.RUNNING, next, event)) {
                events.add(jobId, fence, next, event);
                return stopping.map(row -> settle(event, next, row)).orElse(next);
            }
            if (!events.has(jobId, next, fence, event.kind())) {
                lost = true;
                throw new LeaseLostException(jobId, fence);
            }
            return next;
        });
        progressInDoubt = false;
    }

    /** The number after those that this attempt's dropped progress took; the lock waits for a commit still under way. */
    private long firstFree(long seq) {
        long next = seq;
        if (progressInDoubt) {
            jobs.locked(jobId);
            while (events.has(jobId, next, fence, PROGRESS)) {
                next++;
            }
        }
        return next;
    }

    /**
     * Carries out what was asked while the attempt stopped for another reason: a job that was handed over is cancelled or
     * paused without a worker, one that paused is cancelled, or waits again when the pause was taken back.
     */
    private long settle(JobEvent event, long seq, JobRow before) {
        Wish wish = before.wished();
        boolean paused = event instanceof JobEvent.Paused;
        if (paused && wish == Wish.NONE) {
            jobs.requeue(jobId);
        }
        boolean more = paused ? wish == Wish.CANCEL : event instanceof JobEvent.HandedOver && wish != Wish.NONE;
        if (!more) {
            return seq;
        }
        JobEvent wished = JobStory.fulfil(wish, before).orElseThrow();
        jobs.advance(jobId, fence, event.state(), seq + 1, wished);
        events.add(jobId, fence, seq + 1, wished);
        return seq + 1;
    }

    @Override
    public Interruption interruption() {
        if (lost) {
            throw new LeaseLostException(jobId, fence);
        }
        Interruption asked = wish.interruption();
        return asked == Interruption.NONE && handOver ? Interruption.HAND_OVER : asked;
    }

    @Override
    public void renew() {
        refuseWhenOver();
        patiently("the lease", () -> {
            Duration lease = config.duration();
            if (!transactions.run(() -> jobs.renew(jobId, fence, lease))) {
                lost = true;
                throw new LeaseLostException(jobId, fence);
            }
        });
    }

    /**
     * Whoever gives up says nothing more, also when the rows are back by then: what the attempt made stands, and a
     * {@code failed} would end a job that another attempt can finish, or one whose artifact is published.
     */
    private void patiently(String what, Runnable work) {
        try {
            patience.whileUnavailable(what + " of job " + jobId, work);
        } catch (JobException e) {
            if (e.code() != ErrorCode.UNAVAILABLE) {
                throw e;
            }
            lost = true;
            throw new LeaseLostException(jobId, fence, e);
        }
    }

    private void refuseWhenOver() {
        if (lost) {
            throw new LeaseLostException(jobId, fence);
        }
        if (ended) {
            throw new IllegalStateException(
                    "attempt %d of job %s has ended; it can say nothing more".formatted(fence, jobId));
        }
    }

    @Override
    public boolean ended() {
        return ended;
    }

    @Override
    public void requestHandOver() {
        handOver = true;
    }

    @Override
    public void handBack() {
        if (lost || ended) {
            return;
        }
        lost = true;
        transactions.run(() -> {
            JobRow row = jobs.locked(jobId).orElseThrow();
            CheckpointRef newest = row.checkpoint();
            JobEvent event = newest == null
                    ? new JobEvent.HandedOver(0, null)
                    : new JobEvent.HandedOver(newest.step(), newest.uri());
            long next = row.lastSeq + 1;
            jobs.count(jobId, fence);
            if (jobs.advance(jobId, fence, JobState.RUNNING, next, event)) {
                events.add(jobId, fence, next, event);
                settle(event, next, row);
            }
        });
        wakeRelay.run();
    }

    @Override
    public void close() {
        ScheduledFuture<?> running = renewal;
        if (running != null) {
            running.cancel(false);
        }
    }
}
