package io.tenfold.train;

import io.tenfold.job.JobException;
import org.jspecify.annotations.Nullable;

/** Training failed at a step; an earlier checkpoint may still be good. */
public final class TrainingFailedException extends RuntimeException {

    private final JobException failure;
    private final long step;
    private final @Nullable String checkpointUri;

    public TrainingFailedException(JobException failure, long step, @Nullable String checkpointUri) {
        super(failure.getMessage(), failure);
        this.failure = failure;
        this.step = step;
        this.checkpointUri = checkpointUri;
    }

    public JobException failure() {
        return failure;
    }

    public long step() {
        return step;
    }

    public @Nullable String checkpointUri() {
        return checkpointUri;
    }
}
