package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;

/** Layer normalisation over the hidden axis. */
public record LayerNorm(Parameter weight, Parameter bias, double epsilon) {

    /** Takes {@code name.weight} and {@code name.bias}. */
    public static LayerNorm of(Weights weights, String name, long width, double epsilon) {
        return new LayerNorm(weights.take(name + ".weight", width), weights.take(name + ".bias", width), epsilon);
    }

    /** A norm that changes nothing yet, which the checkpoint lacks. */
    public static LayerNorm drawn(Weights weights, String name, long width, double epsilon) {
        return new LayerNorm(
                weights.drawOnes(name + ".weight", width), weights.takeOrDraw(name + ".bias", width), epsilon);
    }

    /** Normalises x, [tokens, width]. */
    public NDArray apply(NDArray x) {
        return Ops.layerNorm(x, weight.value(), bias.value(), epsilon);
    }

    /** {@code norm(residual + dropout(x))} in one call. */
    public NDArray afterResidual(NDArray x, NDArray residual, double dropout) {
        return Ops.dropoutResidualNorm(x, residual, weight.value(), bias.value(), epsilon, dropout);
    }
}
