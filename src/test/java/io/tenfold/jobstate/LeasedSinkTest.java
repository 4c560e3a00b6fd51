package io.tenfold.jobstate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.job.JobState;
import io.tenfold.job.LeaseLostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** What the sink does when the database is away, or its answer is; the rows are a list here. */
class LeasedSinkTest {

    private final List<String> written = new ArrayList<>();
    private boolean away;
    private boolean answerIsLost;
    private int fenceInRow = 1;

    private final Transactions transactions = new Transactions() {
        @Override
        <T> T run(Callable<T> work) {
            try {
                if (away) {
                    throw unavailable();
                }
                T result = work.call();
                if (answerIsLost) {
                    answerIsLost = false;
                    throw unavailable();
                }
                return result;
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    };

    private static JobException unavailable() {
        return new JobException(ErrorCode.UNAVAILABLE, null, "the database does not answer");
    }

    private final JobRows rows = new JobRows() {
        @Override
        boolean advance(String id, int fence, JobState from, long seq, JobEvent event) {
            return fence == fenceInRow && seq == written.size() + 1;
        }

        @Override
        void count(String id, int fence) {}

        @Override
        Optional<JobRow> locked(String id) {
            return Optional.of(new JobRow());
        }
    };

    private final EventRows events = new EventRows() {
        @Override
        void add(String jobId, int attempt, long seq, JobEvent event) {
            written.add(event.kind());
        }

        @Override
        boolean has(String jobId, long seq, int attempt, String kind) {
            return seq <= written.size() && written.get((int) seq - 1).equals(kind);
        }
    };

    private final LeasedSink sink = new LeasedSink("job", 1, 0, transactions, rows, events, new Brief(), () -> {});

    @Test
    void whoGivesUpOnADatabaseThatIsAwaySaysNothingMore() {
        sink.emit(QueueContract.started());
        away = true;
        assertThrows(LeaseLostException.class, () -> sink.emit(QueueContract.succeeded()));
        away = false;
        JobEvent failed = new JobEvent.Failed(unavailable().error(), 0, null);
        assertThrows(LeaseLostException.class, () -> sink.emit(failed));
        assertEquals(List.of("started"), written);
        assertFalse(sink.ended());
    }

    @Test
    void progressWhoseCommitIsNotAnsweredDoesNotEvictTheAttempt() {
        sink.emit(QueueContract.started());
        for (int step = 1; step <= 2; step++) {
            answerIsLost = true;
            sink.emit(QueueContract.progress(step));
        }
        sink.emit(new JobEvent.Checkpoint(null, 3, "s3://artifacts/step-3", 10, 0.1));
        sink.emit(QueueContract.progress(4));
        assertEquals(List.of("started", "progress", "progress", "checkpoint", "progress"), written);
    }

    @Test
    void progressThatIsDroppedInAnOutageHidesNoLossOfTheLease() {
        away = true;
        sink.emit(QueueContract.progress(1));
        away = false;
        fenceInRow = 2;
        assertThrows(LeaseLostException.class, () -> sink.emit(QueueContract.progress(2)));
        assertEquals(List.of(), written);
    }

    /** Short enough for one try. */
    private record Brief() implements LeaseConfig {
        @Override
        public Duration duration() {
            return Duration.ofSeconds(60);
        }

        @Override
        public Duration renewal() {
            return Duration.ofSeconds(15);
        }

        @Override
        public Duration grace() {
            return Duration.ofSeconds(30);
        }

        @Override
        public Duration wishes() {
            return Duration.ofMillis(500);
        }

        @Override
        public int deaths() {
            return 3;
        }

        @Override
        public Duration patience() {
            return Duration.ofMillis(1);
        }
    }
}
