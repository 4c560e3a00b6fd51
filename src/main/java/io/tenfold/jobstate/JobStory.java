package io.tenfold.jobstate;

import io.tenfold.job.CheckpointRef;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobState;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** Writes events of jobs that nobody runs, with the state they bring. Runs in the caller's transaction, on a locked row. */
@ApplicationScoped
public class JobStory {

    private final JobRows jobs;
    private final EventRows events;

    JobStory(JobRows jobs, EventRows events) {
        this.jobs = jobs;
        this.events = events;
    }

    /** The next event of a job that is now in {@code from}; {@code seq} is its number. */
    boolean write(String jobId, int fence, JobState from, long seq, JobEvent event) {
        if (!jobs.advance(jobId, fence, from, seq, event)) {
            return false;
        }
        events.add(jobId, fence, seq, event);
        return true;
    }

    /** The event with which a wish comes true for a job that has no attempt. */
    static Optional<JobEvent> fulfil(Wish wish, JobRow row) {
        CheckpointRef checkpoint = row.checkpoint();
        long step = checkpoint == null ? 0 : checkpoint.step();
        String uri = checkpoint == null ? null : checkpoint.uri();
        return switch (wish) {
            case NONE -> Optional.empty();
            case CANCEL -> Optional.of(new JobEvent.Cancelled(step, uri));
            case PAUSE -> Optional.of(new JobEvent.Paused(step, uri));
        };
    }

    /** Likewise, for what stands in the row itself. */
    static Optional<JobEvent> fulfil(JobRow row) {
        return fulfil(row.wished(), row);
    }
}
