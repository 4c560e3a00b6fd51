package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * Whether PyTorch records operations for gradients, for as long as the recording is open, on the thread that opened it.
 * It restores what was before when it closes, also after an exception. (DJL's own gradient collector is one per JVM and
 * zeroes all gradients when it opens, which rules out accumulation.)
 *
 * <pre>{@code
 * try (NDManager scope = backend.scope(); Recording recording = Recording.on()) {
 *     NDArray loss = ...;
 *     recording.backward(loss);
 *     return loss.getFloat();
 * }
 * }</pre>
 */
public final class Recording implements AutoCloseable {

    private final boolean before;
    private final Thread thread = Thread.currentThread();

    private Recording(boolean record) {
        before = JniUtils.isGradMode();
        JniUtils.setGradMode(record);
    }

    /** Records from here on. */
    public static Recording on() {
        return new Recording(true);
    }

    /** Records nothing from here on: evaluation, teachers, updates in place. */
    public static Recording off() {
        return new Recording(false);
    }

    /** Adds the gradients of a loss (one number) to those of the parameters that it was computed from. */
    public void backward(NDArray loss) {
        try (NDArray one = loss.getManager().ones(loss.getShape(), loss.getDataType())) {
            Ops.guarded(() -> {
                JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
                return loss;
            });
        }
    }

    @Override
    public void close() {
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException("A recording must be closed by the thread that opened it, " + thread);
        }
        JniUtils.setGradMode(before);
    }
}
