package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.common.Linear;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Ops;

/** The layers that each token goes through alone. */
@FunctionalInterface
interface FeedForward {

    /** From x, [n, hidden], to [n, hidden]. */
    NDArray apply(NDArray x, boolean training);

    /** {@code outer(f(inner(x)))}. */
    static FeedForward plain(Linear inner, Activation activation, Linear outer) {
        return (x, training) -> outer.apply(Ops.activation(activation, inner.apply(x, training)), training);
    }

    /** {@code down(f(gate(x)) * up(x))} (Shazeer 2020, arXiv:2002.05202, eq. 5). */
    static FeedForward gated(Linear gate, Linear up, Activation activation, Linear down) {
        return (x, training) -> {
            NDArray opened = Ops.activation(activation, gate.apply(x, training));
            return down.apply(Ops.multiply(opened, up.apply(x, training)), training);
        };
    }
}
