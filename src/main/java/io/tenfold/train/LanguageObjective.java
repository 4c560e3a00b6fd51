package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;

/**
 * The cross-entropy of the tokens that are trained on, each a unit, given those before it. Only these are scored, and the
 * logits of all are never held at once.
 *
 * @param network with a decoder's language head
 * @param forward the way through it
 */
public record LanguageObjective(Network network, Forward forward) implements Objective {

    /** By the network's own pass. */
    public LanguageObjective(Network network) {
        this(network, Forward.of(network));
    }

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        NDArray states = forward.wordStates(batch, training);
        Parameter words = network.vocabularyWeight();
        return Ops.vocabularyLoss(states, words, batch.saidIds(), null, Ops.vocabularyChunk(words));
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return set.units(rows);
    }
}
