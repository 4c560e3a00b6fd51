package io.tenfold.model;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.TokenRows;

/** Keys and values that every token of a layer attends to beside its row's (Li and Liang 2021, arXiv:2101.00190). */
public interface PrefixOp {

    /** How many positions the prefix takes; the text's positions start after it. */
    int virtualTokens();

    /** Keys, [virtualTokens, heads * headSize], of the batch's scope, or a parameter's value. */
    NDArray keys(TokenRows rows, boolean training);

    /** Values, as the keys, and asked for after them. */
    NDArray values(TokenRows rows, boolean training);
}
