package io.tenfold.cluster;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

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
        await(() -> what, longest, condition);
    }

    /** The same with a message that is asked for in the end. */
    static void await(Supplier<String> what, Duration longest, BooleanSupplier condition) {
        long deadline = System.nanoTime() + longest.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new CheckFailed("not seen within %s s: %s".formatted(longest.toSeconds(), what.get()));
            }
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
