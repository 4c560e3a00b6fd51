package io.tenfold.train;

import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

    /** The outputs in the order of these labels; empty where the head's are others. Of a regression or a language as they are. */
    public Optional<Forward> inOrder(List<String> labels) {
        List<String> own = head.labels();
        if (head.regression() || head.vocabulary() || own.equals(labels)) {
            return Optional.of(forward);
        }
        if (own.size() != labels.size() || !Set.copyOf(own).equals(Set.copyOf(labels))) {
            return Optional.empty();
        }
        long[] places = labels.stream().mapToLong(own::indexOf).toArray();
        return Optional.of((batch, training) -> Ops.rows(
                        forward.logits(batch, training).transpose(),
                        batch.scope().create(places))
                .transpose());
    }
}
