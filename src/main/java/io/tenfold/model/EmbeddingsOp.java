package io.tenfold.model;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.TokenRows;

/** Puts virtual tokens before each row's text (Lester et al. 2021, arXiv:2104.08691). */
public interface EmbeddingsOp {

    /** How many virtual tokens each row begins with. */
    int virtualTokens();

    /**
     * The virtual tokens' embeddings, the same for every row.
     *
     * @return [virtualTokens, hidden], of the batch's scope, or a parameter's value
     */
    NDArray embeddings(TokenRows rows, boolean training);
}
