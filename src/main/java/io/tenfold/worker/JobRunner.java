package io.tenfold.worker;

import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.job.LeaseLostException;
import io.tenfold.job.MethodCatalog;
import io.tenfold.job.ProgressSink;
import io.tenfold.job.RequestReader;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.MethodRegistry;
import io.tenfold.train.StoppedException;
import io.tenfold.train.TrainingFailedException;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Runs one attempt at a job to its end, which it reports as an event: succeeded, failed, cancelled, paused or handed over. */
@ApplicationScoped
public class JobRunner {

    private static final Logger LOG = Logger.getLogger(JobRunner.class);

    private final RequestReader reader;
    private final MethodRegistry methods;
    private final ArtifactModels models;
    private final ArtifactStore store;
    private final RunnerConfig config;

    public JobRunner(
            MethodCatalog catalog,
            MethodRegistry methods,
            ArtifactModels models,
            ArtifactStore store,
            RunnerConfig config) {
        this.reader = new RequestReader(catalog, store);
        this.methods = methods;
        this.models = models;
        this.store = store;
        this.config = config;
    }

    /**
     * Returns when the attempt has ended and its last event is written.
     *
     * @throws LeaseLostException when another attempt has begun; nothing more is written then
     */
    public void run(Attempt attempt, ProgressSink sink) {
        @Nullable AttemptRun run = null;
        JobEvent end;
        try {
            run = new AttemptRun(attempt, reader, methods, models, store, config, sink);
            end = run.run();
        } catch (LeaseLostException e) {
            throw e;
        } catch (StoppedException e) {
            end = stopped(e);
        } catch (TrainingFailedException e) {
            end = new JobEvent.Failed(e.failure().error(), e.step(), e.checkpointUri());
        } catch (JobException e) {
            end = failed(e.error(), run, attempt);
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "attempt %d of job %s failed unexpectedly", attempt.fence(), attempt.jobId());
            end = failed(unexpected(e), run, attempt);
        }
        sink.emit(end);
        if (run != null && endsTheJob(end)) {
            release(run, attempt);
        }
    }

    /** Whether the job is over without an artifact, and the store answers. */
    private static boolean endsTheJob(JobEvent end) {
        return switch (end) {
            case JobEvent.Cancelled _ -> true;
            case JobEvent.Failed failed -> failed.error().code() != ErrorCode.UNAVAILABLE;
            default -> false;
        };
    }

    private static void release(AttemptRun run, Attempt attempt) {
        try {
            run.releaseOutput();
        } catch (RuntimeException e) {
            LOG.warnf("the output of job %s is still marked as its own: %s", attempt.jobId(), e.getMessage());
        }
    }

    private static JobEvent stopped(StoppedException e) {
        return switch (e.reason()) {
            case CANCEL -> new JobEvent.Cancelled(e.step(), e.checkpointUri());
            case PAUSE -> new JobEvent.Paused(e.step(), e.checkpointUri());
            case HAND_OVER -> new JobEvent.HandedOver(e.step(), e.checkpointUri());
            case NONE -> throw new IllegalStateException("stopped without a reason", e);
        };
    }

    /** What went wrong outside the training loop; the step told is the newest checkpoint's. */
    private static JobEvent failed(JobError error, @Nullable AttemptRun run, Attempt attempt) {
        CheckpointRef newest = run == null ? attempt.checkpoint() : run.newestCheckpoint();
        return newest == null
                ? new JobEvent.Failed(error, 0, null)
                : new JobEvent.Failed(error, newest.step(), newest.uri());
    }

    /** The disk or the memory of this machine, or a mistake of ours. */
    private JobError unexpected(Throwable e) {
        if (e instanceof UncheckedIOException io && isOfTheDisk(io.getCause())) {
            return new JobError(
                    ErrorCode.OUT_OF_RESOURCES,
                    "a file of this worker can't be read or written: %s (%s); %,d bytes are free in %s: make room, or set tenfold.work-dir"
                            .formatted(e.getMessage(), io.getCause(), freeBytes(), config.workDir()),
                    "tenfold.work-dir");
        }
        ErrorCode code = e instanceof OutOfMemoryError ? ErrorCode.OUT_OF_RESOURCES : ErrorCode.INTERNAL;
        return new JobError(code, e + "; the worker's log has the details", null);
    }

    private static boolean isOfTheDisk(@Nullable Throwable e) {
        String message = e == null ? "" : String.valueOf(e.getMessage());
        return e instanceof FileSystemException
                || message.contains("No space left")
                || message.contains("quota exceeded");
    }

    private long freeBytes() {
        return config.workDir().toFile().getUsableSpace();
    }
}
