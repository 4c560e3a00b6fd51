package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.model.Network;

/** From a batch to the head's outputs for its rows, in training and in evaluation. */
@FunctionalInterface
public interface Forward {

    /**
     * A forward pass.
     *
     * @param training true: dropout acts and gradients are recorded if a recording is on; false: neither
     * @return [rows, outputs], or [tokens, outputs] for a head of tokens; fp32, of the batch's scope
     */
    NDArray logits(Batch batch, boolean training);

    /** The network's own pass. */
    static Forward of(Network network) {
        return (batch, training) -> network.logits(batch.tokens(), training);
    }
}
