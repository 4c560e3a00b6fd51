package io.tenfold.train;

import io.tenfold.job.Interruption;
import org.jspecify.annotations.Nullable;

/** Training stopped because it was asked to; the checkpoint lies in the store. */
public final class StoppedException extends RuntimeException {

    private final Interruption reason;
    private final long step;
    private final @Nullable String checkpointUri;

    /** @param checkpointUri null when no step was made yet */
    public StoppedException(Interruption reason, long step, @Nullable String checkpointUri) {
        super("%s at step %d".formatted(reason, step));
        this.reason = reason;
        this.step = step;
        this.checkpointUri = checkpointUri;
    }

    public Interruption reason() {
        return reason;
    }

    public long step() {
        return step;
    }

    public @Nullable String checkpointUri() {
        return checkpointUri;
    }
}
