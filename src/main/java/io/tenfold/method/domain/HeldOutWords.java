package io.tenfold.method.domain;

import ai.djl.ndarray.NDManager;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.MetricNames;
import io.tenfold.model.Network;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.OutOfMemory;
import io.tenfold.train.Predicted;
import io.tenfold.train.Scored;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.text.WordScores;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * How well words are foreseen in texts that are not trained on. Every pass asks about the same words, so that passes can be
 * laid beside each other. It does not choose: the last weights are kept.
 *
 * @param metrics makes a pass
 */
record HeldOutWords(Function<LongConsumer, Map<String, Object>> metrics) implements Evaluator {

    /** Masks are drawn by the step; those of training begin with 1. */
    private static final long NO_STEP = 0;

    @Override
    public boolean chooses() {
        return false;
    }

    @Override
    public Scored score(LongConsumer between) {
        return new Scored(metrics.apply(between), List.of());
    }

    /** Each word after those before it. */
    static HeldOutWords next(Network network, TokenizedSet texts, Inputs inputs) {
        int atOnce = TrainingLoop.evalBatchSize(inputs.options());
        return new HeldOutWords(
                between -> Predicted.of(network, Forward.of(network), texts, atOnce, inputs.backend(), between)
                        .metrics(texts));
    }

    /** Words behind masks. */
    static HeldOutWords masked(Network network, Masking masking, TokenizedSet texts, Inputs inputs) {
        int atOnce = TrainingLoop.evalBatchSize(inputs.options());
        return new HeldOutWords(between -> {
            WordScores scores = WordScores.NONE;
            long done = 0;
            for (int[] rows : BatchPlan.inFileOrder(texts.size(), atOnce).batches(0)) {
                try (Recording _ = Recording.off();
                        NDManager scope = inputs.backend().scope()) {
                    scores = scores.plus(masked(network, masking, texts, rows, scope));
                } catch (OutOfDeviceMemoryException e) {
                    throw OutOfMemory.inEvaluation(e, rows.length, atOnce);
                }
                done += rows.length;
                between.accept(done);
            }
            // Of texts of special tokens alone nothing is asked, and nothing is lost.
            WordScores all = new WordScores(scores.lossSum(), Math.max(1, scores.tokens()), 0);
            return Map.of("loss", all.loss(), MetricNames.PERPLEXITY, all.perplexity());
        });
    }

    private static WordScores masked(
            Network network, Masking masking, TokenizedSet texts, int[] rows, NDManager scope) {
        List<Masking.Row> masked = Arrays.stream(rows)
                .mapToObj(row -> masking.of(NO_STEP, row, texts.ids(row)))
                .toList();
        int[][] types = Arrays.stream(rows).mapToObj(texts::types).toArray(int[][]::new);
        double loss = MaskedLm.lossSum(network, scope, masked, types, false).getFloat();
        return new WordScores(
                loss, masked.stream().mapToLong(row -> row.places().length).sum(), 0);
    }
}
