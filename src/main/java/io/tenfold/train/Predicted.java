package io.tenfold.train;

import io.tenfold.data.Targets;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import java.util.Map;
import java.util.function.LongConsumer;

/** What was predicted of a set's rows. */
public sealed interface Predicted permits Predictions, WordPredictions, PreferencePredictions {

    /**
     * Runs a pass over a set, by its targets: to the head's outputs, or of a language to the words of the vocabulary. Preferences
     * are judged by what a reference says: see {@link PreferencePredictions}.
     *
     * @param forward the way through the network
     * @param between called after every batch with the rows done so far; may throw to stop
     * @throws io.tenfold.job.JobException out_of_resources when a batch is too large for the device's memory
     */
    static Predicted of(
            Network network, Forward forward, TokenizedSet set, int batchSize, Backend backend, LongConsumer between) {
        return set.targets() instanceof Targets.Language
                ? WordPredictions.of(network, forward, set, batchSize, backend, between)
                : Predictions.of(forward, set, batchSize, backend, between);
    }

    /** The metrics by name, as events and artifact tell them. */
    Map<String, Object> metrics(TokenizedSet set);
}
