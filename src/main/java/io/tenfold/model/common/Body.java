package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.TokenRows;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A model below its head.
 *
 * @param end what comes after the last layer: a final norm, or nothing
 * @param read the one token of each row that heads read
 */
public record Body(InputLayer input, List<? extends Layer> layers, UnaryOperator<NDArray> end, Read read) {

    /** Which of a row's tokens stands for the row. */
    public enum Read {
        /** The first, as in encoders. */
        FIRST,
        /** The last, which alone has seen the others in a decoder. */
        LAST;

        /** Where those tokens stand among all, in the rows' own order, [rows], int64. */
        NDArray places(TokenRows rows) {
            return this == FIRST ? rows.first() : rows.last();
        }
    }
}
