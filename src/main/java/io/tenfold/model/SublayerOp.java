package io.tenfold.model;

import ai.djl.ndarray.NDArray;
import java.util.function.UnaryOperator;

/** How a sublayer ends; plainly {@code norm(residual + output)}. */
@FunctionalInterface
public interface SublayerOp {

    /**
     * Ends a sublayer.
     *
     * @param output the sublayer's output, after its dropout, [tokens, width]
     * @param residual its input, [tokens, width]
     * @param norm the layer norm that follows the residual sum
     * @param training whether dropout acts
     * @return the hidden states that go on, [tokens, width], of output's manager
     */
    NDArray apply(NDArray output, NDArray residual, UnaryOperator<NDArray> norm, boolean training);
}
