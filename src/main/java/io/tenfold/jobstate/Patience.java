package io.tenfold.jobstate;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Tries work again while the database is away: after 1 s, doubling to 60 s, each a little more or less so that workers
 * don't come back all at once.
 */
final class Patience {

    private static final Logger LOG = Logger.getLogger(Patience.class);
    private static final long FIRST_PAUSE_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 60_000;
    private static final double JITTER = 0.2;

    private final Duration limit;

    /** @param limit how long in all */
    Patience(Duration limit) {
        this.limit = limit;
    }

    /**
     * Runs the work until it is done.
     *
     * @param what names the work in the log
     * @throws JobException {@code unavailable} when the limit is reached; whatever else the work throws, at once
     */
    void whileUnavailable(String what, Runnable work) {
        long deadline = System.nanoTime() + limit.toNanos();
        for (long pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
            try {
                work.run();
                return;
            } catch (JobException e) {
                if (e.code() != ErrorCode.UNAVAILABLE || System.nanoTime() + pause * 1_000_000 > deadline) {
                    throw e;
                }
                LOG.warnf("%s waits %d ms: %s", what, pause, e.getMessage());
                sleep(pause);
            }
        }
    }

    private static void sleep(long pause) {
        try {
            TimeUnit.MILLISECONDS.sleep(Math.round(pause * (1 + JITTER * (2 * Math.random() - 1))));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JobException(ErrorCode.UNAVAILABLE, null, "interrupted while the database was away", e);
        }
    }
}
