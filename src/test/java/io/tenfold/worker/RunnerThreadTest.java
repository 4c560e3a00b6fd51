package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.job.JobQueue;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The loop's thread on a queue that misbehaves. */
class RunnerThreadTest {

    private final AtomicInteger claims = new AtomicInteger();
    private RunnerLoop loop = new RunnerLoop(worker -> Optional.empty(), (attempt, sink) -> {}, new Patient(), false);

    @AfterEach
    void stop() {
        loop.stop(new ShutdownEvent());
    }

    private void start(Supplier<Optional<JobQueue.Claim>> queue) {
        JobQueue counted = worker -> {
            claims.incrementAndGet();
            return queue.get();
        };
        loop = new RunnerLoop(
                counted, (attempt, sink) -> sink.emit(new JobEvent.Cancelled(0, null)), new Patient(), true);
        loop.start(new StartupEvent());
    }

    @Test
    void aQueueThatIsAwayAfterAJobIsAskedAtIntervals() throws InterruptedException {
        start(() -> {
            if (claims.get() == 1) {
                return Optional.of(
                        new JobQueue.Claim("job", 1, JsonNodeFactory.instance.objectNode(), "", null, new EndedSink()));
            }
            throw new JobException(ErrorCode.UNAVAILABLE, null, "the database does not answer");
        });
        Thread.sleep(600);
        assertTrue(claims.get() <= 4, claims + " claims");
    }

    @Test
    void anErrorInAClaimDoesNotEndTheThread() {
        start(() -> {
            if (claims.get() == 1) {
                throw new NoClassDefFoundError("a driver");
            }
            return Optional.empty();
        });
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> claims.get() > 2);
        assertTrue(loop.lives());
    }

    /** Says nothing, to nobody. */
    private static final class EndedSink implements JobQueue.Sink {
        @Override
        public void emit(JobEvent event) {}

        @Override
        public Interruption interruption() {
            return Interruption.NONE;
        }

        @Override
        public void renew() {}

        @Override
        public void requestHandOver() {}

        @Override
        public void handBack() {}

        @Override
        public boolean ended() {
            return true;
        }

        @Override
        public void close() {}
    }

    private record Patient() implements WorkerConfig {
        @Override
        public boolean once() {
            return false;
        }

        @Override
        public Duration idle() {
            return Duration.ofMinutes(1);
        }

        @Override
        public Optional<String> name() {
            return Optional.of("test");
        }

        @Override
        public Duration shutdownBudget() {
            return Duration.ofSeconds(5);
        }
    }
}
