package io.tenfold.train;

import io.tenfold.data.TokenizedSet;
import io.tenfold.job.PreferenceOptions;
import io.tenfold.model.Network;
import io.tenfold.train.PreferenceLoss.Pair;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.ToDoubleFunction;

/**
 * Which of two answers a language model prefers, of a set's rows; dropout off.
 *
 * @param pairs what the model says of each row's answers
 * @param losses what that costs, measured against the reference
 */
public record PreferencePredictions(List<Pair> pairs, List<PreferenceLoss> losses) implements Predicted {

    public PreferencePredictions {
        pairs = List.copyOf(pairs);
        losses = List.copyOf(losses);
    }

    /** Runs a pass over the validation rows; the last argument as for {@link Predicted#of}. */
    static PreferencePredictions of(
            Network network, TokenizedSet set, Reference reference, Inputs inputs, LongConsumer between) {
        PreferenceOptions options = inputs.task().task().preference();
        int batch = TrainingLoop.evalBatchSize(inputs.options());
        Pair[] pairs = AnswerScores.ofAll(network, set, options, batch, inputs.backend(), between);
        PreferenceLoss[] losses = new PreferenceLoss[pairs.length];
        for (int row = 0; row < pairs.length; row++) {
            losses[row] = PreferenceLoss.of(options, pairs[row], reference.of(set, row));
        }
        return new PreferencePredictions(Arrays.asList(pairs), Arrays.asList(losses));
    }

    /** {@code accuracy} is the share of rows whose better answer has the greater reward. */
    @Override
    public Map<String, Object> metrics(TokenizedSet set) {
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("accuracy", mean(loss -> loss.margin() > 0 ? 1 : 0));
        metrics.put("loss", mean(PreferenceLoss::loss));
        metrics.put("margin", mean(PreferenceLoss::margin));
        metrics.put("chosen_reward", mean(PreferenceLoss::chosen));
        metrics.put("rejected_reward", mean(PreferenceLoss::rejected));
        return metrics;
    }

    private double mean(ToDoubleFunction<PreferenceLoss> of) {
        return losses.stream().mapToDouble(of).average().orElseThrow();
    }
}
