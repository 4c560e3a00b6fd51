package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;

/** The linear layers around attention. */
interface Projections {

    /** Queries, [n, heads * headSize], and keys and values, [tokens, keyHeads * headSize]. */
    record Qkv(NDArray q, NDArray k, NDArray v) {}

    /**
     * Projects hidden states.
     *
     * @param x [tokens, hidden]
     */
    Qkv apply(NDArray x, boolean training);

    /**
     * The same, with the queries of some tokens alone.
     *
     * @param places of those tokens, int64
     */
    Qkv applyWithQueriesAt(NDArray places, NDArray x, boolean training);

    /** The layer behind attention, [n, heads * headSize] to [n, hidden]. */
    NDArray output(NDArray attended, boolean training);
}
