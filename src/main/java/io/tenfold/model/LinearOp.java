package io.tenfold.model;

import ai.djl.ndarray.NDArray;

/** What a linear layer does. */
@FunctionalInterface
public interface LinearOp {

    /**
     * Applies the layer.
     *
     * @param x [n, in]
     * @param training whether dropout acts
     * @return [n, out], of x's manager; the caller's, who may change it in place
     */
    NDArray apply(NDArray x, boolean training);
}
