package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * The two factors of an update, {@code scale · b a}.
 *
 * @param a [r, in]
 * @param b [out, r]
 */
record Factors(NDArray a, NDArray b, double scale) {

    int rank() {
        return Math.toIntExact(a.getShape().get(0));
    }

    /** Copies that live as long as the manager, row by row in memory, which a decomposition's factors are not. */
    Factors in(NDManager manager) {
        return new Factors(copy(a, manager), copy(b, manager), scale);
    }

    private static NDArray copy(NDArray array, NDManager manager) {
        NDArray copy = manager.zeros(array.getShape());
        array.copyTo(copy);
        return copy;
    }
}
