package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.MetricNames;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.LoopHooks;
import io.tenfold.train.Predictions;
import io.tenfold.train.TrainingLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Scores the validation rows under every template and keeps the best one, or all of them. */
final class HardSelection implements LoopHooks {

    private final HardConfig config;
    private final HardModel model;
    private final Inputs inputs;
    private final List<Integer> all;
    private List<Integer> latest;
    private List<Map<String, Object>> latestScores = List.of();
    private List<Integer> kept;
    private List<Map<String, Object>> scores = List.of();

    HardSelection(HardConfig config, HardModel model, Inputs inputs) {
        this.config = config;
        this.model = model;
        this.inputs = inputs;
        all = IntStream.range(0, model.templates()).boxed().toList();
        latest = all;
        kept = all;
    }

    /** The templates that the published weights go with. */
    List<Integer> kept() {
        return kept;
    }

    /** What each template scored with the published weights; empty without validation rows. */
    List<Map<String, Object>> scores() {
        return scores;
    }

    /** The labels' log probabilities by the templates that were chosen last, calibrated with the weights as they are. */
    NDArray labels(Batch batch, boolean training) {
        return model.labels(batch, latest, withoutContent(), training);
    }

    /** As {@link HardModel#withoutContent} with the weights as they are; null where calibration was not asked for. */
    @Nullable
    List<float[]> withoutContent() {
        boolean pairs = inputs.request().data().columns().text2() != null;
        return config.calibrate() ? model.withoutContent(pairs, inputs.options().maxLength(), inputs.backend()) : null;
    }

    /** Scores every template, and keeps the best or all. */
    Predictions predict(TokenizedSet set, LongConsumer between) {
        float[][][] logits = logits(set, between);
        List<Predictions> each = all.stream()
                .map(template -> predictions(logits[template], set, Map.of()))
                .toList();
        double[] score = each.stream().mapToDouble(own -> score(own, set)).toArray();
        latest = config.select() == HardConfig.Select.ENSEMBLE ? all : List.of(best(score));
        latestScores = new ArrayList<>();
        for (int template : all) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("template", config.templates().get(template));
            entry.put(inputs.metric(), score[template]);
            entry.put("kept", latest.contains(template));
            latestScores.add(entry);
        }
        float[][] chosen = latest.size() == 1 ? logits[latest.getFirst()] : ensemble(logits);
        return predictions(chosen, set, Map.of("templates", latestScores));
    }

    /** The weights just scored are the best so far: what was chosen with them is kept. */
    @Override
    public void best() {
        kept = latest;
        scores = latestScores;
    }

    /** The labels' log probabilities, [template][row][label]. */
    private float[][][] logits(TokenizedSet set, LongConsumer between) {
        List<float[]> free = withoutContent();
        float[][][] logits = new float[model.templates()][set.size()][];
        long done = 0;
        int size = TrainingLoop.evalBatchSize(inputs.options());
        for (int[] rows : BatchPlan.inFileOrder(set.size(), size).batches(0)) {
            for (int template : all) {
                try (Recording _ = Recording.off();
                        NDManager scope = inputs.backend().scope()) {
                    NDArray scored = model.labels(Batch.of(scope, set, rows), template, free, false);
                    float[] flat = scored.toFloatArray();
                    int width = flat.length / rows.length;
                    for (int i = 0; i < rows.length; i++) {
                        logits[template][rows[i]] = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
                    }
                }
            }
            done += rows.length;
            between.accept(done);
        }
        return logits;
    }

    private static Predictions predictions(float[][] logits, TokenizedSet set, Map<String, Object> more) {
        double loss = 0;
        for (int row = 0; row < logits.length; row++) {
            loss -= logits[row][set.label(row)];
        }
        return new Predictions(logits, loss / logits.length, more);
    }

    private double score(Predictions predictions, TokenizedSet set) {
        return predictions.metrics(set).get(inputs.metric()) instanceof Number number
                ? number.doubleValue()
                : Double.NaN;
    }

    /** The first of the best. */
    private int best(double[] score) {
        double sign = MetricNames.lowerIsBetter(inputs.metric()) ? -1 : 1;
        int best = 0;
        for (int template = 1; template < score.length; template++) {
            if (sign * score[template] > sign * score[best]) {
                best = template;
            }
        }
        return best;
    }

    private static float[][] ensemble(float[][][] logits) {
        float[][] means = new float[logits[0].length][];
        for (int row = 0; row < means.length; row++) {
            int at = row;
            means[row] = HardModel.mean(
                    Arrays.stream(logits).map(template -> template[at]).toList());
        }
        return means;
    }
}
