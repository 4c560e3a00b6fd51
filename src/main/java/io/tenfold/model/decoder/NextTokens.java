package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.TokenRows;

/**
 * One new token for each row of a generation.
 *
 * @param rows the tokens, a row each, in the rows' own order
 * @param places of the tokens in their rows, from 0
 * @param row numbers of the rows, [rows], int64
 * @param place the places as an array, [rows], int64
 * @param lengths how many tokens each row has with the new one, [rows], int64
 */
record NextTokens(TokenRows rows, long[] places, NDArray row, NDArray place, NDArray lengths) {

    /** The tokens' angles, the same for all layers. */
    Rotary.Angles angles(Rotary rotary) {
        return rows.once(rotary, scope -> rotary.ofLast(scope, places));
    }
}
