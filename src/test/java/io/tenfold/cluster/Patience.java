package io.tenfold.cluster;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for what others do. */
final class Patience {

    private static final Duration PAUSE = Duration.ofMillis(250);

    private Patience() {}

    /**
     * Returns as soon as the condition holds.
     *
     * @param what for the message, such as {@code "all jobs ended"}
     * @throws CheckFailed when it does not within the time
     */
    static void await(String what, Duration longest, BooleanSupplier condition) {
        long deadline = System.nanoTime() + longest.toNanos();
        while (!condition.getAsBoolean()) {
            CheckFailed.unless(System.nanoTime() < deadline, "not seen within %s s: %s", longest.toSeconds(), what);
            sleep(PAUSE);
        }
    }

    static void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CheckFailed("interrupted");
        }
    }
}
