package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.PrefixOp;
import io.tenfold.tensor.CausalAttention;
import io.tenfold.tensor.TokenRows;
import org.jspecify.annotations.Nullable;

/** Causal attention with its projections, positions and prefix. */
final class SelfAttention {

    private final Projections projections;
    private final CausalAttention attention;
    private final @Nullable Rotary rotary;
    private final @Nullable PrefixOp prefix;
    private final double dropout;

    SelfAttention(DecoderConfig config, int layer, Projections projections, @Nullable Rotary rotary, ModelHooks hooks) {
        this.projections = projections;
        this.rotary = rotary;
        attention = new CausalAttention(
                config.heads(), config.headSize(), config.windows().get(layer), config.scale(layer));
        prefix = hooks.prefix(layer);
        dropout = config.dropouts().attention();
    }

    /**
     * Attention of all tokens.
     *
     * @param x [tokens, hidden]
     * @param kept where keys and values are kept; null for nowhere
     * @return [tokens, hidden]
     */
    NDArray apply(NDArray x, TokenRows rows, @Nullable Kept kept, boolean training) {
        Projections.Qkv qkv = projections.apply(x, training);
        Rotary.@Nullable Angles angles = rotary == null ? null : rotary.of(rows);
        NDArray q = turned(qkv.q(), angles);
        NDArray k = turned(qkv.k(), angles);
        keep(kept, k, qkv.v());
        NDArray attended = attention.apply(q, k, qkv.v(), prefix(rows, training), rows, rate(training));
        return projections.output(attended, training);
    }

    /**
     * Attention of each row's last token alone.
     *
     * @param last where those stand, as {@link TokenRows#lastByLength} says
     * @return [rows, hidden], in the order of their length
     */
    NDArray ofLast(NDArray x, NDArray last, TokenRows rows, @Nullable Kept kept, boolean training) {
        Projections.Qkv qkv = projections.applyWithQueriesAt(last, x, training);
        Rotary.@Nullable Angles angles = rotary == null ? null : rotary.of(rows);
        NDArray q = turned(qkv.q(), angles == null ? null : angles.at(last));
        NDArray k = turned(qkv.k(), angles);
        keep(kept, k, qkv.v());
        NDArray attended = attention.ofLast(q, k, qkv.v(), prefix(rows, training), rows, rate(training));
        return projections.output(attended, training);
    }

    /**
     * Attention of one new token a row over what is kept.
     *
     * @param x [rows, hidden]
     */
    NDArray step(NDArray x, NextTokens next, Kept kept) {
        Projections.Qkv qkv = projections.apply(x, false);
        Rotary.@Nullable Angles angles = rotary == null ? null : next.angles(rotary);
        NDArray q = turned(qkv.q(), angles);
        kept.add(turned(qkv.k(), angles), qkv.v());
        NDArray attended = attention.step(q, kept.keys(), kept.values(), next.lengths(), prefix(next.rows(), false));
        return projections.output(attended, false);
    }

    private static void keep(@Nullable Kept kept, NDArray k, NDArray v) {
        if (kept != null) {
            kept.add(k, v);
        }
    }

    private static NDArray turned(NDArray x, Rotary.@Nullable Angles angles) {
        return angles == null ? x : angles.turn(x);
    }

    private CausalAttention.@Nullable Prefix prefix(TokenRows rows, boolean training) {
        return prefix == null
                ? null
                : new CausalAttention.Prefix(prefix.keys(rows, training), prefix.values(rows, training));
    }

    private double rate(boolean training) {
        return training ? dropout : 0;
    }
}
