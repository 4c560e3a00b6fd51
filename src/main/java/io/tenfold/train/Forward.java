package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.model.Network;

/**
 * From a batch to the head's outputs for its rows, or to the states that a language's head reads, in training and in evaluation.
 * A lambda serves heads for labels; a language takes {@link #of} or {@link FrozenBottom}.
 */
@FunctionalInterface
public interface Forward {

    /**
     * A forward pass.
     *
     * @param training true: dropout acts and gradients are recorded if a recording is on; false: neither
     * @return [rows, outputs], or [tokens, outputs] for a head of tokens; fp32, of the batch's scope
     */
    NDArray logits(Batch batch, boolean training);

    /**
     * The states of the tokens that say the trained words; arguments as for {@link #logits}.
     *
     * @return [trained tokens, hidden]
     */
    default NDArray wordStates(Batch batch, boolean training) {
        throw new IllegalStateException("a head for labels says no words");
    }

    /** The network's own pass. */
    static Forward of(Network network) {
        return new Forward() {

            @Override
            public NDArray logits(Batch batch, boolean training) {
                return network.logits(batch.tokens(), training);
            }

            @Override
            public NDArray wordStates(Batch batch, boolean training) {
                return network.wordStates(batch.tokens(), batch.sayingPlaces(), training);
            }
        };
    }
}
