package io.tenfold.storage;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.StopCheck;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;

/** Asks a store that does not answer again: after 1 s, doubling to 60 s, with jitter, until a time is spent. */
final class Retries {

    private static final Logger LOG = Logger.getLogger(Retries.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

    /** Whoever is told to stop hears it within this time. */
    private static final long LONGEST_SLEEP_MILLIS = 500;

    private final Duration patience;

    /** @param patience no new try begins later than this after the first failure */
    Retries(Duration patience) {
        this.patience = patience;
    }

    /** Something that may fail for now ({@link IOException}) or for good (any other exception). */
    @FunctionalInterface
    interface Attempt<T> {
        T run() throws IOException;
    }

    /**
     * The result of the first try that does not fail for now.
     *
     * @param what is tried, for messages: {@code reading s3://data/train.tsv}
     * @throws JobException UNAVAILABLE when the time is spent
     */
    <T> T call(String what, String location, Attempt<T> attempt) {
        Duration pause = FIRST_PAUSE;
        long firstFailure = 0;
        for (int tries = 1; ; tries++) {
            try {
                return attempt.run();
            } catch (IOException e) {
                long now = System.nanoTime();
                firstFailure = tries == 1 ? now : firstFailure;
                long jittered = ThreadLocalRandom.current().nextLong(pause.toMillis() / 2, pause.toMillis() + 1);
                Duration left = patience.minusNanos(now - firstFailure);
                boolean interrupted = e instanceof InterruptedIOException
                        && Thread.currentThread().isInterrupted();
                if (interrupted || left.compareTo(Duration.ofMillis(jittered)) < 0) {
                    throw givenUp(what, location, tries, firstFailure, e);
                }
                LOG.warnf("%s failed (%s); trying again in %.1f s", what, reason(e), jittered / 1000.0);
                sleep(jittered, what, location, tries, firstFailure, e);
                pause = min(pause.multipliedBy(2), LONGEST_PAUSE);
            }
        }
    }

    private static JobException givenUp(String what, String location, int tries, long firstFailure, IOException e) {
        return new JobException(
                ErrorCode.UNAVAILABLE,
                location,
                "%s failed %d times in %d s: %s; try again when the store answers"
                        .formatted(
                                what,
                                tries,
                                Duration.ofNanos(System.nanoTime() - firstFailure)
                                        .toSeconds(),
                                reason(e)),
                e);
    }

    private static void sleep(long millis, String what, String location, int tries, long firstFailure, IOException e) {
        try {
            for (long left = millis; left > 0; left -= LONGEST_SLEEP_MILLIS) {
                StopCheck.ask();
                Thread.sleep(Math.min(left, LONGEST_SLEEP_MILLIS));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw givenUp(what, location, tries, firstFailure, e);
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }
}
