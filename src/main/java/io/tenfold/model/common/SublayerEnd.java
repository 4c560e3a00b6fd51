package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.SublayerOp;
import io.tenfold.model.SublayerSite;
import io.tenfold.tensor.Ops;
import org.jspecify.annotations.Nullable;

/** How a sublayer of a post-norm transformer ends: dropout, residual sum, norm, or what a hook does instead. */
public final class SublayerEnd {

    private final LayerNorm norm;
    private final double dropout;
    private final @Nullable SublayerOp hook;

    public SublayerEnd(SublayerSite site, LayerNorm norm, double dropout, ModelHooks hooks) {
        this.norm = norm;
        this.dropout = dropout;
        hook = hooks.sublayer(site);
    }

    /**
     * Ends the sublayer.
     *
     * @param x the sublayer's output, [tokens, width]
     * @param residual its input, [tokens, width]
     */
    public NDArray apply(NDArray x, NDArray residual, boolean training) {
        double rate = training ? dropout : 0;
        if (hook == null) {
            return norm.afterResidual(x, residual, rate);
        }
        return hook.apply(Ops.dropout(x, rate), residual, norm::apply, training);
    }
}
