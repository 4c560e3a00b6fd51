package io.tenfold.data;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts its maker's thread when one call takes longer than a limit. Broken bytes can send a reader that is not ours
 * round in circles (Hardwood 1.0.0 does so on some Parquet files), and a job must not wait for it for ever.
 */
final class StallGuard implements AutoCloseable {

    private final Thread guarded = Thread.currentThread();
    private final Duration limit;
    private final Thread guard;
    private long begun;
    private boolean inside;
    private boolean stalled;
    private boolean closed;

    StallGuard(Duration limit) {
        this.limit = limit;
        this.guard = Thread.ofVirtual().name("stall-guard").start(this::watch);
    }

    /** What {@code call} returns; its own failure when it was interrupted for taking too long, with {@link #stalled} set. */
    <T extends @Nullable Object> T within(Supplier<T> call) {
        enter();
        try {
            return call.get();
        } finally {
            leave();
        }
    }

    /** Whether a call was interrupted for taking too long. */
    synchronized boolean stalled() {
        return stalled;
    }

    private synchronized void enter() {
        begun = System.nanoTime();
        inside = true;
    }

    private synchronized void leave() {
        inside = false;
        if (stalled) {
            Thread.interrupted();
        }
    }

    private void watch() {
        long pause = Math.max(1, limit.toMillis() / 4);
        while (true) {
            synchronized (this) {
                if (closed) {
                    return;
                }
                if (inside && System.nanoTime() - begun > limit.toNanos()) {
                    stalled = true;
                    guarded.interrupt();
                }
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        guard.interrupt();
    }
}
