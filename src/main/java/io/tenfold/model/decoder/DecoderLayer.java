package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.common.Layer;
import io.tenfold.model.common.ResidualEnd;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.TokenRows;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A pre-norm transformer layer (Xiong et al. 2020, arXiv:2002.04745, figure 1b). */
record DecoderLayer(
        UnaryOperator<NDArray> attentionNorm,
        SelfAttention attention,
        ResidualEnd attentionEnd,
        UnaryOperator<NDArray> feedForwardNorm,
        FeedForward feedForward,
        ResidualEnd feedForwardEnd)
        implements Layer {

    @Override
    public NDArray apply(NDArray x, TokenRows rows, boolean training) {
        return apply(x, rows, null, training);
    }

    @Override
    public NDArray applyToRead(NDArray x, TokenRows rows, boolean training) {
        return applyToLast(x, rows, null, training);
    }

    /** {@link #apply(NDArray, TokenRows, boolean)}, and keys and values are kept. */
    NDArray apply(NDArray x, TokenRows rows, @Nullable Kept kept, boolean training) {
        return afterAttention(attention.apply(attentionNorm.apply(x), rows, kept, training), x, training);
    }

    /** {@link #applyToRead}, and keys and values are kept. */
    NDArray applyToLast(NDArray x, TokenRows rows, @Nullable Kept kept, boolean training) {
        NDArray last = rows.lastByLength();
        NDArray attended = attention.ofLast(attentionNorm.apply(x), last, rows, kept, training);
        return Ops.rows(afterAttention(attended, Ops.rows(x, last), training), rows.rankByLength());
    }

    /** One new token a row, [rows, hidden]. */
    NDArray step(NDArray x, NextTokens next, Kept kept) {
        return afterAttention(attention.step(attentionNorm.apply(x), next, kept), x, false);
    }

    private NDArray afterAttention(NDArray attended, NDArray x, boolean training) {
        NDArray middle = attentionEnd.apply(attended, x, training);
        NDArray inner = feedForward.apply(feedForwardNorm.apply(middle), training);
        return feedForwardEnd.apply(inner, middle, training);
    }
}
