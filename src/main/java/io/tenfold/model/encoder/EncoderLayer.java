package io.tenfold.model.encoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.PrefixOp;
import io.tenfold.model.SublayerSite;
import io.tenfold.model.common.Layer;
import io.tenfold.model.common.LayerNorm;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.SublayerEnd;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.TokenRows;
import org.jspecify.annotations.Nullable;

/** A post-norm transformer layer (Vaswani et al. 2017, arXiv:1706.03762, section 3.1) over rows without padding. */
final class EncoderLayer implements Layer {

    private final EncoderConfig config;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear attentionOutput;
    private final SublayerEnd attentionEnd;
    private final Linear intermediate;
    private final Linear output;
    private final SublayerEnd feedForwardEnd;
    private final @Nullable PrefixOp prefix;

    EncoderLayer(EncoderConfig config, Family.LayerNames names, int layer, Weights weights, ModelHooks hooks) {
        this.config = config;
        int hidden = config.hidden();
        query = Linear.of(weights, hooks, names.query(), layer, hidden, hidden);
        key = Linear.of(weights, hooks, names.key(), layer, hidden, hidden);
        value = Linear.of(weights, hooks, names.value(), layer, hidden, hidden);
        attentionOutput = Linear.of(weights, hooks, names.attentionOutput(), layer, hidden, hidden);
        attentionEnd = new SublayerEnd(
                new SublayerSite(names.attentionSublayer(), layer, SublayerSite.Kind.ATTENTION, hidden),
                LayerNorm.of(weights, names.attentionNorm(), hidden, config.layerNormEpsilon()),
                config.afterAttentionDropout(),
                hooks);
        intermediate = Linear.of(weights, hooks, names.intermediate(), layer, hidden, config.intermediate());
        output = Linear.of(weights, hooks, names.output(), layer, config.intermediate(), hidden);
        feedForwardEnd = new SublayerEnd(
                new SublayerSite(names.feedForwardSublayer(), layer, SublayerSite.Kind.FEED_FORWARD, hidden),
                LayerNorm.of(weights, names.outputNorm(), hidden, config.layerNormEpsilon()),
                config.hiddenDropout(),
                hooks);
        prefix = hooks.prefix(layer);
    }

    @Override
    public NDArray apply(NDArray x, TokenRows rows, boolean training) {
        NDArray q = query.apply(x, training);
        NDArray k = key.apply(x, training);
        NDArray v = value.apply(x, training);
        return afterAttention(attention(q, k, v, rows, training), x, training);
    }

    @Override
    public NDArray applyToRead(NDArray x, TokenRows rows, boolean training) {
        NDArray first = Ops.rows(x, rows.firstByLength());
        NDArray q = query.apply(first, training);
        NDArray k = key.apply(x, training);
        NDArray v = value.apply(x, training);
        NDArray attended = firstAttention(q, k, v, rows, training);
        return Ops.rows(afterAttention(attended, first, training), rows.rankByLength());
    }

    private NDArray attention(NDArray q, NDArray k, NDArray v, TokenRows rows, boolean training) {
        if (prefix == null) {
            return Ops.attention(q, k, v, rows, config.heads(), attentionDropout(training));
        }
        return Ops.attention(
                q,
                k,
                v,
                prefix.keys(rows, training),
                prefix.values(rows, training),
                rows,
                config.heads(),
                attentionDropout(training));
    }

    private NDArray firstAttention(NDArray q, NDArray k, NDArray v, TokenRows rows, boolean training) {
        if (prefix == null) {
            return Ops.firstAttention(q, k, v, rows, config.heads(), attentionDropout(training));
        }
        return Ops.firstAttention(
                q,
                k,
                v,
                prefix.keys(rows, training),
                prefix.values(rows, training),
                rows,
                config.heads(),
                attentionDropout(training));
    }

    private double attentionDropout(boolean training) {
        return training ? config.attentionDropout() : 0;
    }

    private NDArray afterAttention(NDArray attention, NDArray x, boolean training) {
        NDArray attended = attentionEnd.apply(attentionOutput.apply(attention, training), x, training);
        NDArray inner = Ops.activation(config.activation(), intermediate.apply(attended, training));
        return feedForwardEnd.apply(output.apply(inner, training), attended, training);
    }
}
