package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;

/** Root-mean-square normalisation, over the hidden axis or over each head. */
public record RmsNorm(Parameter weight, double epsilon) {

    /** Takes {@code name.weight}. */
    public static RmsNorm of(Weights weights, String name, long width, double epsilon) {
        return new RmsNorm(weights.take(name + ".weight", width), epsilon);
    }

    /** Normalises x, [tokens, width]. */
    public NDArray apply(NDArray x) {
        return Ops.rmsNorm(x, weight.value(), epsilon);
    }

    /** Normalises each head of x, [tokens, heads * width]. */
    public NDArray applyToHeads(NDArray x) {
        return Ops.rmsNormOfHeads(x, weight.value(), epsilon);
    }
}
