package io.tenfold.train;

import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;

/**
 * A network for prediction: how rows are encoded for it, and how its outputs become their scores.
 *
 * @param encoder makes the rows that {@code forward} reads
 * @param head what {@code forward}'s outputs mean
 */
public record Scoring(Network network, RowEncoder encoder, Forward forward, HeadSpec head) {

    /** The network's own pass over the texts as they are. */
    public static Scoring of(Network network, TextTokenizer tokenizer) {
        return new Scoring(network, tokenizer, Forward.of(network), network.head());
    }
}
