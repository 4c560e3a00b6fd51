package io.tenfold.method.domain;

import ai.djl.ndarray.NDManager;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.MetricNames;
import io.tenfold.model.Network;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Inputs;
import io.tenfold.train.OutOfMemory;
import io.tenfold.train.Scored;
import io.tenfold.train.TrainingLoop;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * The mean loss of masked words in texts that are not trained on, and its exponential, the perplexity. Every pass asks about
 * the same words, so that passes can be laid beside each other. It does not choose: the last weights are kept.
 */
record HeldOutWords(Network network, Masking masking, TokenizedSet texts, Inputs inputs) implements Evaluator {

    /** Masks are drawn by the step; those of training begin with 1. */
    private static final long NO_STEP = 0;

    @Override
    public boolean chooses() {
        return false;
    }

    @Override
    public Scored score(LongConsumer between) {
        int atOnce = TrainingLoop.evalBatchSize(inputs.options());
        double loss = 0;
        long words = 0;
        long done = 0;
        for (int[] rows : BatchPlan.inFileOrder(texts.size(), atOnce).batches(0)) {
            List<Masking.Row> masked = Arrays.stream(rows)
                    .mapToObj(row -> masking.of(NO_STEP, row, texts.ids(row)))
                    .toList();
            int[][] types = Arrays.stream(rows).mapToObj(texts::types).toArray(int[][]::new);
            try (Recording _ = Recording.off();
                    NDManager scope = inputs.backend().scope()) {
                loss += MaskedLm.lossSum(network, scope, masked, types, false).getFloat();
            } catch (OutOfDeviceMemoryException e) {
                throw OutOfMemory.inEvaluation(e, rows.length, atOnce);
            }
            words += masked.stream().mapToLong(row -> row.places().length).sum();
            done += rows.length;
            between.accept(done);
        }
        double mean = loss / Math.max(1, words);
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("loss", mean);
        metrics.put(MetricNames.PERPLEXITY, Math.exp(mean));
        return new Scored(metrics, List.of());
    }
}
