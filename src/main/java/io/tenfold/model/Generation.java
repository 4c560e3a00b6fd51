package io.tenfold.model;

import ai.djl.ndarray.NDArray;

/**
 * Rows that a decoder writes on, token by token. Keys and values of all tokens so far are kept, so that a step costs one
 * token a row. One thread uses it, with no recording on.
 */
public interface Generation extends AutoCloseable {

    /** How many rows there are still. */
    int rows();

    /** How many tokens each row has so far, virtual ones not counted. */
    int[] lengths();

    /**
     * What each row's last token scores the words of the vocabulary with; good until the next step.
     *
     * @return [rows, vocabulary], fp32
     */
    NDArray logits();

    /**
     * Adds a token to each row.
     *
     * @param tokens one id for each row
     * @return {@link #logits} of these tokens
     * @throws io.tenfold.tensor.TensorException when a row has no room left
     */
    NDArray step(int[] tokens);

    /**
     * Drops rows that have ended, or takes some twice.
     *
     * @param rows the numbers of those that stay, in their new order; at least one
     */
    void keep(int[] rows);

    @Override
    void close();
}
