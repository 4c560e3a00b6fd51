package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.UnaryOperator;

/**
 * A piece of work that the backward pass does again. Its result is a leaf: the gradient that arrives there is what the
 * work's own backward pass begins with.
 *
 * @param upstream what the work was given
 * @param input the leaf in its place; the array itself where that is a leaf, or has no gradient
 * @param seed of the work's draws
 */
record Recomputed(NDArray upstream, NDArray input, UnaryOperator<NDArray> work, long seed, NDArray output) {

    /** Does the work for the first time, without a recording. */
    static Recomputed of(NDArray x, boolean isLeaf, UnaryOperator<NDArray> work) {
        NDArray input = x;
        if (!isLeaf && Ops.isRecorded(x)) {
            input = Ops.detach(x);
            JniUtils.attachGradient((PtNDArray) input, true);
        }
        long seed = Ops.drawSeed(x);
        try (Recording _ = Recording.off()) {
            JniUtils.setSeed(seed);
            NDArray output = work.apply(input);
            JniUtils.attachGradient((PtNDArray) output, true);
            return new Recomputed(x, input, work, seed, output);
        }
    }

    /** Does it again and hands the gradient on. */
    @SuppressWarnings("ReferenceEquality") // The very array: equals would compare its numbers.
    void backward() {
        NDArray gradient = JniUtils.getGradient((PtNDArray) output);
        if (gradient == null) {
            return;
        }
        JniUtils.setSeed(seed);
        try (gradient;
                NDArray again = work.apply(input)) {
            if (Ops.isRecorded(again)) {
                Recording.backward(again, gradient);
            }
        }
        if (input != upstream) {
            try (NDArray handedOn = JniUtils.getGradient((PtNDArray) input)) {
                if (handedOn != null) {
                    Recording.backward(upstream, handedOn);
                }
            }
        }
    }
}
