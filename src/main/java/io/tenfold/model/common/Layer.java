package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.TokenRows;

/** A transformer layer over rows without padding. */
public interface Layer {

    /**
     * Applies the layer.
     *
     * @param x [tokens, hidden]
     * @return [tokens, hidden]
     */
    NDArray apply(NDArray x, TokenRows rows, boolean training);

    /**
     * Applies the layer and gives the one token of each row that heads read. The other tokens count as keys and values
     * alone, so the rest of the layer is spared them: the numbers are the same.
     *
     * @param x [tokens, hidden]
     * @return [rows, hidden], in the rows' own order
     */
    NDArray applyToRead(NDArray x, TokenRows rows, boolean training);
}
