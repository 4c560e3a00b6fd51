package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Attention in which a token sees itself and what stands before it in its row. Heads of queries may share heads of keys
 * and values (Ainslie et al. 2023, arXiv:2305.13245, section 2.2), the nearest tokens alone may be seen (Beltagy et al.
 * 2020, arXiv:2004.05150, section 3.1), and every token sees a prefix.
 *
 * @param heads of the queries; a multiple of the heads of keys and values
 * @param headSize of all of them
 * @param window how many tokens one sees, itself among them; 0 for all
 * @param scale what scores are multiplied with
 */
public record CausalAttention(int heads, int headSize, int window, double scale) {

    /** The most scores that are held at once, unless one row of them is longer: 256 MiB. */
    private static final int MOST_SCORES = 64 << 20;

    /**
     * Keys and values that every token sees.
     *
     * @param keys [prefix, keyHeads * headSize]
     * @param values as the keys
     */
    public record Prefix(NDArray keys, NDArray values) {}

    /**
     * Attention over rows.
     *
     * @param q [tokens, heads * headSize]
     * @param k [tokens, keyHeads * headSize]
     * @param v as the keys
     * @return [tokens, heads * headSize]
     */
    public NDArray apply(NDArray q, NDArray k, NDArray v, @Nullable Prefix prefix, TokenRows rows, double dropout) {
        return apply(q, k, v, prefix, rows, dropout, MOST_SCORES);
    }

    NDArray apply(NDArray q, NDArray k, NDArray v, @Nullable Prefix prefix, TokenRows rows, double dropout, int most) {
        Prefix seen = prefix == null ? none(k) : prefix;
        return Bridge.get()
                .call(
                        "causal_attention",
                        rows.groups(),
                        q,
                        k,
                        v,
                        seen.keys(),
                        seen.values(),
                        number(heads),
                        number(headSize),
                        number(window),
                        number(scale),
                        number(dropout),
                        number(most));
    }

    /**
     * Attention of each row's last token alone.
     *
     * @param q the last tokens' queries in the order of {@link TokenRows#lastByLength}, [rows, heads * headSize]
     * @param k keys of all tokens, [tokens, keyHeads * headSize]
     * @param v as the keys
     * @return [rows, heads * headSize], in the queries' order
     */
    public NDArray ofLast(NDArray q, NDArray k, NDArray v, @Nullable Prefix prefix, TokenRows rows, double dropout) {
        Prefix seen = prefix == null ? none(k) : prefix;
        return Bridge.get()
                .call(
                        "last_attention",
                        rows.groups(),
                        q,
                        k,
                        v,
                        seen.keys(),
                        seen.values(),
                        number(heads),
                        number(headSize),
                        number(window),
                        number(scale),
                        number(dropout));
    }

    /** Room for keys, or values, that are kept: [rows, keyHeads, capacity, headSize]. */
    public NDArray room(NDManager manager, int rows, int keyHeads, int capacity) {
        return manager.zeros(new Shape(rows, keyHeads, capacity, headSize), DataType.FLOAT32);
    }

    /**
     * Writes keys, or values, into their room, in place.
     *
     * @param room as {@link #room} gives it
     * @param x [tokens, keyHeads * headSize]
     * @param row each token's row, [tokens], int64
     * @param place each token's place in it, [tokens], int64
     */
    public static void remember(NDArray room, NDArray x, NDArray row, NDArray place) {
        try (Recording _ = Recording.off()) {
            Bridge.get().call("remember", room, x, row, place).close();
        }
    }

    /**
     * Attention of one new token a row over what is kept of its row, itself among it.
     *
     * @param q [rows, heads * headSize]
     * @param keys as {@link #room}
     * @param values as {@link #room}
     * @param lengths how many tokens of each row are kept, [rows], int64
     * @return [rows, heads * headSize]
     */
    public NDArray step(NDArray q, NDArray keys, NDArray values, NDArray lengths, @Nullable Prefix prefix) {
        Prefix seen = prefix == null ? none(q) : prefix;
        return Bridge.get()
                .call(
                        "step_attention",
                        q,
                        keys,
                        values,
                        lengths,
                        seen.keys(),
                        seen.values(),
                        number(window),
                        number(scale));
    }

    private static Prefix none(NDArray like) {
        NDArray nothing = like.getManager().create(new Shape(0, like.getShape().get(1)), DataType.FLOAT32);
        return new Prefix(nothing, nothing);
    }

    private static NDArray number(double value) {
        return Bridge.get().scalar(value);
    }
}
