package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.SublayerOp;
import io.tenfold.model.SublayerSite;
import io.tenfold.tensor.Ops;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** How a sublayer of a pre-norm transformer ends: dropout and residual sum, or what a hook does instead. */
public final class ResidualEnd {

    private final double dropout;
    private final @Nullable SublayerOp hook;

    public ResidualEnd(SublayerSite site, double dropout, ModelHooks hooks) {
        this.dropout = dropout;
        hook = hooks.sublayer(site);
    }

    /**
     * Ends the sublayer. No norm follows the sum: a hook gets one that changes nothing, as in {@code adapters}.
     *
     * @param x the sublayer's output, [tokens, width]
     * @param residual its input before the norm, [tokens, width]
     */
    public NDArray apply(NDArray x, NDArray residual, boolean training) {
        double rate = training ? dropout : 0;
        return hook == null
                ? Ops.dropoutResidual(x, residual, rate)
                : hook.apply(Ops.dropout(x, rate), residual, UnaryOperator.identity(), training);
    }
}
