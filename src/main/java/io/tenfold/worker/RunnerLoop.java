package io.tenfold.worker;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.job.JobQueue;
import io.tenfold.job.JobQueue.Claim;
import io.tenfold.job.JobsWait;
import io.tenfold.job.LeaseLostException;
import io.tenfold.job.LogFields;
import io.tenfold.job.ProgressSink;
import io.tenfold.job.Role;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/** Takes one job after another from the queue and runs it on a thread of its own, until the program stops. */
@ApplicationScoped
public class RunnerLoop {

    /** 128 + SIGTERM: what a shell gives a program that the signal ended. */
    private static final int EXIT_BUDGET_RAN_OUT = 143;

    private static final Logger LOG = Logger.getLogger(RunnerLoop.class);

    /** Before anything that a running job needs goes away. */
    private static final int FIRST = 10;

    private static final long SHORTEST_LOOK_MILLIS = 250;
    private static final long LONGEST_LOOK_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    private final JobQueue queue;
    private final BiConsumer<Attempt, ProgressSink> runner;
    private final WorkerConfig config;
    private final boolean active;
    private final String name;
    private final Semaphore wake = new Semaphore(0);
    private volatile boolean stopping;
    private volatile JobQueue.@Nullable Sink current;
    private volatile @Nullable Thread thread;

    @Inject
    RunnerLoop(
            JobQueue queue,
            JobRunner runner,
            WorkerConfig config,
            @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles) {
        this(queue, runner::run, config, roles.orElse(List.of()).contains(Role.RUNNER));
    }

    RunnerLoop(JobQueue queue, BiConsumer<Attempt, ProgressSink> runner, WorkerConfig config, boolean active) {
        this.queue = queue;
        this.runner = runner;
        this.config = config;
        this.active = active;
        this.name = config.name().orElseGet(WorkerName::ofThisProcess);
    }

    void start(@Observes StartupEvent event) {
        if (active) {
            LOG.infof("worker %s takes jobs", name);
            thread = Thread.ofPlatform().name("runner").daemon().start(this::loop);
        }
    }

    /** Whether this worker still does what its role asks: the thread that claims jobs is there. */
    boolean lives() {
        Thread loop = thread;
        return !active || stopping || loop == null || loop.isAlive();
    }

    void jobsWait(@Observes JobsWait event) {
        if (wake.availablePermits() == 0) {
            wake.release();
        }
    }

    /** Claims nothing more and gives the running job the time to hand over. */
    void stop(@Observes @Priority(FIRST) ShutdownEvent event) {
        stopping = true;
        wake.release();
        JobQueue.Sink running = current;
        if (running != null) {
            LOG.infof("worker %s stops; its job is handed over", name);
            running.requestHandOver();
        }
        Thread loop = thread;
        if (loop != null && loop != Thread.currentThread()) {
            awaitEnd(loop);
        }
    }

    private void awaitEnd(Thread loop) {
        try {
            if (!loop.join(config.shutdownBudget())) {
                LOG.errorf("the job did not hand over within %s", config.shutdownBudget());
                handBack();
                // An orderly exit would free PyTorch's globals under the step that still runs, and crash.
                Runtime.getRuntime().halt(EXIT_BUDGET_RAN_OUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void handBack() {
        JobQueue.Sink running = current;
        if (running == null) {
            return;
        }
        try {
            running.handBack();
            LOG.info("the job waits again, from its newest checkpoint");
        } catch (RuntimeException e) {
            LOG.errorf("the job's lease has to run out before another worker goes on: %s", e.getMessage());
        }
    }

    private void loop() {
        long idleUntil = System.nanoTime() + config.idle().toNanos();
        long look = SHORTEST_LOOK_MILLIS;
        while (!stopping) {
            Optional<Boolean> ran = runNext();
            boolean finished = config.once() && (ran.orElse(false) || System.nanoTime() > idleUntil);
            if (finished) {
                LOG.infof("worker %s is done", name);
                stopping = true;
                Quarkus.asyncExit(0);
                return;
            }
            if (ran.isEmpty()) {
                look = Math.clamp(2 * look, SHORTEST_LOOK_MILLIS, LONGEST_PAUSE_MILLIS);
            } else {
                look = ran.get() ? 0 : Math.clamp(2 * look, SHORTEST_LOOK_MILLIS, LONGEST_LOOK_MILLIS);
            }
            await(look);
        }
    }

    /** Whether a job ran; empty when the queue could not be reached. */
    private Optional<Boolean> runNext() {
        Optional<Claim> claim;
        try {
            claim = queue.claim(name);
        } catch (RuntimeException | Error e) {
            LOG.warnf("no job could be claimed: %s", e);
            return Optional.empty();
        }
        claim.ifPresent(this::run);
        return Optional.of(claim.isPresent());
    }

    private void run(Claim claim) {
        MDC.put(LogFields.JOB, claim.jobId());
        MDC.put(LogFields.ATTEMPT, claim.fence());
        LOG.infof("job %s begins, attempt %d", claim.jobId(), claim.fence());
        try (JobQueue.Sink sink = claim.sink()) {
            current = sink;
            if (stopping) {
                sink.requestHandOver();
            }
            attempt(claim, sink);
        } catch (LeaseLostException e) {
            LOG.warn(e.getMessage());
        } catch (RuntimeException | Error e) {
            // Not written, not handed over: the lease runs out and the attempt counts as one that died.
            LOG.errorf(e, "attempt %d of job %s ended without its last event", claim.fence(), claim.jobId());
        } finally {
            current = null;
            MDC.remove(LogFields.JOB);
            MDC.remove(LogFields.ATTEMPT);
        }
    }

    private void attempt(Claim claim, JobQueue.Sink sink) {
        Attempt attempt = new Attempt(
                claim.jobId(), claim.request(), claim.requestHash(), claim.fence(), claim.checkpoint(), name);
        try {
            runner.accept(attempt, sink);
        } catch (LeaseLostException e) {
            throw e;
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            LOG.errorf(e, "job %s failed", claim.jobId());
            if (sink.ended()) {
                return;
            }
            sink.emit(failed(claim, errorOf(e)));
        }
        if (!sink.ended()) {
            sink.emit(failed(claim, internal("the attempt returned without saying how it ended")));
        }
    }

    private static JobEvent failed(Claim claim, JobError error) {
        return claim.checkpoint() == null
                ? new JobEvent.Failed(error, 0, null)
                : new JobEvent.Failed(
                        error, claim.checkpoint().step(), claim.checkpoint().uri());
    }

    private static JobError errorOf(Throwable e) {
        return e instanceof JobException known ? known.error() : internal(e.toString());
    }

    private static JobError internal(String message) {
        return new JobError(ErrorCode.INTERNAL, message, null);
    }

    private void await(long millis) {
        try {
            if (!stopping && wake.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
                wake.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopping = true;
        }
    }
}
