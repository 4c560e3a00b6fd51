package io.tenfold.job;

import java.util.function.Supplier;

/**
 * What work that takes long (waiting for a store, a download, tokenizing) asks between two pieces: whether to go on. Who
 * can be stopped says so around the work; everybody else is never stopped.
 */
public final class StopCheck {

    private static final ScopedValue<Runnable> CHECK = ScopedValue.newInstance();

    private StopCheck() {}

    /**
     * Does the work on this thread.
     *
     * @param check throws what ends the work
     */
    public static <T> T during(Runnable check, Supplier<T> work) {
        return ScopedValue.where(CHECK, check).call(work::get);
    }

    /** Returns when the work may go on; throws what the check of {@link #during} throws. */
    public static void ask() {
        if (CHECK.isBound()) {
            CHECK.get().run();
        }
    }
}
