package io.tenfold.train;

import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.tensor.Recording;
import io.tenfold.train.text.WordScores;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How well a language model says the words of a set's rows, each given those before it; dropout off.
 *
 * @param losses the summed cross-entropy of each row's trained tokens
 * @param hits how many of these tokens were the most probable word
 * @param written what the model wrote in answer to the first rows, and what is to be said of that; null: nothing
 */
public record WordPredictions(
        double[] losses, long[] hits, @Nullable Answers written) implements Predicted {

    /** @param metrics of the texts against the rows' own answers */
    public record Answers(List<String> texts, Map<String, Double> metrics) {
        public Answers {
            texts = List.copyOf(texts);
            metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        }
    }

    /** The same with answers. */
    WordPredictions with(Answers answers) {
        return new WordPredictions(losses, hits, answers);
    }

    /** Runs a pass over a set; arguments as for {@link Predicted#of}. */
    static WordPredictions of(
            Network network, Forward forward, TokenizedSet set, int batchSize, Backend backend, LongConsumer between) {
        double[] losses = new double[set.size()];
        long[] hits = new long[set.size()];
        int done = 0;
        for (int[] rows : BatchPlan.inFileOrder(set.size(), batchSize).batches(0)) {
            try (Recording _ = Recording.off();
                    NDManager scope = backend.scope()) {
                Batch batch = Batch.of(scope, set, rows);
                WordSums sums = WordSums.of(network, batch, forward.wordStates(batch, false), batch.saidIds());
                for (int i = 0; i < rows.length; i++) {
                    losses[rows[i]] = sums.losses()[i];
                    hits[rows[i]] = sums.hits()[i];
                }
                done += rows.length;
            } catch (OutOfDeviceMemoryException e) {
                throw OutOfMemory.inEvaluation(e, rows.length, batchSize);
            }
            between.accept(done);
        }
        return new WordPredictions(losses, hits, null);
    }

    @Override
    public Map<String, Object> metrics(TokenizedSet set) {
        long tokens = 0;
        for (int row = 0; row < losses.length; row++) {
            tokens += set.trained(row);
        }
        WordScores scores = new WordScores(
                Arrays.stream(losses).sum(), tokens, Arrays.stream(hits).sum());
        Map<String, Object> metrics = new LinkedHashMap<>(scores.metrics());
        if (written != null) {
            metrics.putAll(written.metrics());
        }
        return metrics;
    }
}
