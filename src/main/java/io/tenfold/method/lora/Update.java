package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.model.LinearSite;
import io.tenfold.tensor.Nf4;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * A layer with its low-rank update.
 *
 * @param quantized the layer's weight in 4 bits; null: as the site has it
 * @param a [r, in]
 * @param b [out, r]
 * @param magnitude [out], DoRA's; null without it
 * @param removed what was taken out of the base at the beginning; null for nothing
 */
record Update(
        LinearSite site,
        @Nullable Nf4 quantized,
        Parameter a,
        Parameter b,
        double scale,
        @Nullable Parameter magnitude,
        @Nullable Factors removed) {

    /** The same with a magnitude. */
    Update with(Parameter ofOutputs) {
        return new Update(site, quantized, a, b, scale, ofOutputs, removed);
    }

    /** The frozen weight, [out, in]: the layer's own array, or a new one of the scope. */
    NDArray weight(NDManager scope) {
        return quantized == null ? site.weight().value() : quantized.values(scope);
    }

    /**
     * What the layer gives with its update.
     *
     * @param y what it gives without, [n, out]
     * @param x [n, in]
     */
    NDArray apply(NDArray y, NDArray x, double dropout) {
        if (magnitude == null) {
            return Ops.lora(y, x, a.value(), b.value(), scale, dropout);
        }
        Parameter bias = site.bias();
        return Ops.dora(
                y,
                x,
                weight(x.getManager()),
                bias == null ? null : bias.value(),
                a.value(),
                b.value(),
                magnitude.value(),
                scale,
                dropout);
    }

    /** The weight of one layer in place of the two, [out, in]; of the scope. */
    NDArray merged(NDManager scope) {
        NDArray delta = b.value().matMul(a.value());
        delta.attach(scope);
        NDArray merged = delta.mul(scale).add(weight(scope));
        if (magnitude == null) {
            return merged;
        }
        NDArray norm = Ops.doraNorm(merged, a.value(), b.value(), 0);
        NDArray share = norm.zerosLike().add(magnitude.value()).div(norm);
        return merged.mul(share.reshape(-1, 1));
    }
}
