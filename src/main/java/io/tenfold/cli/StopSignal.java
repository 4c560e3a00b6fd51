package io.tenfold.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ctrl-C (and SIGTERM) as a wish: the first lets the job write its checkpoint and end by itself, the second ends the
 * program at once. A shutdown hook can't do this: by then Quarkus is stopping under the job's feet.
 */
final class StopSignal {

    private static final String[] NAMES = {"INT", "TERM"};

    private final AtomicBoolean came = new AtomicBoolean();
    private final Runnable wish;

    private StopSignal(Runnable wish) {
        this.wish = wish;
    }

    /** From now on the first signal runs {@code wish} instead of ending the program. */
    static StopSignal listen(Runnable wish) {
        StopSignal signal = new StopSignal(wish);
        try {
            signal.install();
        } catch (ReflectiveOperationException e) {
            // A Java without signals ends at Ctrl-C as it always did; the job goes on from its last checkpoint.
            System.err.println("Ctrl-C will end this without a checkpoint: " + e.getMessage());
        }
        return signal;
    }

    /** Whether it came. */
    boolean came() {
        return came.get();
    }

    /** By reflection: {@code sun.misc.Signal} is the only way to hear a signal, and the compiler warns of its name. */
    private void install() throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        MethodHandle hearing = MethodHandles.lookup()
                .findVirtual(StopSignal.class, "hear", MethodType.methodType(void.class, Object.class));
        Object hear = MethodHandleProxies.asInterfaceInstance(handler, hearing.bindTo(this));
        for (String name : NAMES) {
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), hear);
        }
    }

    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // Called through the method handle.
    private void hear(Object received) {
        if (came.getAndSet(true)) {
            Runtime.getRuntime().halt(ExitStatus.INTERRUPTED);
        }
        wish.run();
    }
}
