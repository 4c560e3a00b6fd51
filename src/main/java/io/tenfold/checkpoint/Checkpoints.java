package io.tenfold.checkpoint;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How this room says that a file is wrong. */
final class Checkpoints {

    private Checkpoints() {}

    static JobException bad(Path file, String what) {
        return bad(file, what, null);
    }

    static JobException bad(Path file, String what, @Nullable Throwable cause) {
        return new JobException(
                ErrorCode.BAD_MODEL,
                "model",
                "%s: %s; the file is damaged or incomplete: fetch or export it again"
                        .formatted(file.getFileName(), what),
                cause);
    }
}
