package io.tenfold.checkpoint;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;

/** How every kind of artifact says that it does not go with the base it is opened on. */
public final class OtherBase {

    private OtherBase() {}

    /**
     * Bad_model, of the field {@code model}.
     *
     * @param artifact where it lies
     * @param what does not fit, with both values
     */
    public static JobException refused(String artifact, String what) {
        return new JobException(
                ErrorCode.BAD_MODEL,
                "model",
                "%s: %s: the artifact was made for another base; give its own with --model".formatted(artifact, what));
    }
}
