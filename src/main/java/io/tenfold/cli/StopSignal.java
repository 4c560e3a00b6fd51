package io.tenfold.cli;

import java.lang.reflect.Proxy;
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
        Object hear = Proxy.newProxyInstance(
                StopSignal.class.getClassLoader(), new Class<?>[] {handler}, (_, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return method.invoke(this, arguments);
                    }
                    hear();
                    return null;
                });
        for (String name : NAMES) {
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), hear);
        }
    }

    private void hear() {
        if (came.getAndSet(true)) {
            Runtime.getRuntime().halt(ExitStatus.INTERRUPTED);
        }
        wish.run();
    }
}
