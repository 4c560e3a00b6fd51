package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

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

    private static final ThreadLocal<@Nullable Recording> INNERMOST = new ThreadLocal<>();

    private final boolean before;
    private final @Nullable Recording outer = INNERMOST.get();
    private final Thread thread = Thread.currentThread();
    private final List<Recomputed> recomputed = new ArrayList<>();

    private Recording(boolean record) {
        before = JniUtils.isGradMode();
        JniUtils.setGradMode(record);
        INNERMOST.set(this);
    }

    /** Records from here on. */
    public static Recording on() {
        return new Recording(true);
    }

    /** Records nothing from here on: evaluation, teachers, updates in place. */
    public static Recording off() {
        return new Recording(false);
    }

    /**
     * Does some work without keeping for the backward pass what it makes on the way: that pass does the work again, with
     * the same draws (Chen et al. 2016, arXiv:1604.06174). Pieces of work follow one another, each on the result of the
     * one before and with nothing else from before that has a gradient. Without a recording that is on, only the work is
     * done.
     *
     * @param x must live until the backward pass
     * @param work gives an array of the same manager from one like x, the same each time
     */
    public static NDArray recomputing(NDArray x, UnaryOperator<NDArray> work) {
        Recording current = INNERMOST.get();
        if (current == null || !JniUtils.isGradMode()) {
            return work.apply(x);
        }
        Recomputed piece = Recomputed.of(x, current.made(x), work);
        current.recomputed.add(piece);
        return piece.output();
    }

    @SuppressWarnings("ReferenceEquality") // The very array: equals would compare its numbers.
    private boolean made(NDArray x) {
        return recomputed.stream().anyMatch(piece -> piece.output() == x);
    }

    /** Adds the gradients of a loss (one number) to those of the parameters that it was computed from. To be called once. */
    public void backward(NDArray loss) {
        try (NDArray one = loss.getManager().ones(loss.getShape(), loss.getDataType())) {
            backward(loss, one);
        }
        for (Recomputed piece : recomputed.reversed()) {
            piece.backward();
        }
        recomputed.clear();
    }

    static void backward(NDArray result, NDArray gradient) {
        Ops.guarded(() -> {
            JniUtils.backward((PtNDArray) result, (PtNDArray) gradient, false, false);
            return result;
        });
    }

    @Override
    public void close() {
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException("A recording must be closed by the thread that opened it, " + thread);
        }
        JniUtils.setGradMode(before);
        if (outer == null) {
            INNERMOST.remove();
        } else {
            INNERMOST.set(outer);
        }
    }
}
