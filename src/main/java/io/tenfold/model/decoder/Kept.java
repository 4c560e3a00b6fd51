package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.CausalAttention;

/**
 * Keys and values of a layer that a generation keeps, and where new ones go.
 *
 * @param keys [rows, keyHeads, capacity, headSize]
 * @param values as the keys
 * @param row the row of each new token, [tokens], int64
 * @param place its place there, [tokens], int64
 */
record Kept(NDArray keys, NDArray values, NDArray row, NDArray place) {

    /** Keeps those of the new tokens, [tokens, keyHeads * headSize]. */
    void add(NDArray k, NDArray v) {
        CausalAttention.remember(keys, k, row, place);
        CausalAttention.remember(values, v, row, place);
    }
}
