package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.PreferenceOptions;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.PreferenceLoss.Pair;
import java.util.Arrays;

/** The losses of pairs of answers, each pair a unit; see {@link PreferenceOptions}. */
final class PreferenceObjective implements Objective {

    private final Network network;
    private final PreferenceOptions options;
    private final Reference reference;

    PreferenceObjective(Network network, PreferenceOptions options, Reference reference) {
        this.network = network;
        this.options = options;
        this.reference = reference;
    }

    /**
     * A pair's loss follows from its answers' log-probabilities alone, so that their tokens' cross-entropies, each times the
     * slope there, have its gradient; the number is put in afterwards.
     */
    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        AnswerScores scores = AnswerScores.of(network, batch, options.lossType(), training);
        int pairs = batch.size();
        double[] slopes = new double[2 * pairs];
        double sum = 0;
        for (int i = 0; i < pairs; i++) {
            Pair theirs = reference.of(batch.set(), batch.rows()[i]);
            PreferenceLoss loss = PreferenceLoss.of(options, scores.pairs()[i], theirs);
            sum += loss.loss();
            slopes[i] = -loss.slope();
            slopes[i + pairs] = loss.slope();
        }
        Parameter words = network.vocabularyWeight();
        NDArray surrogate = Ops.vocabularyLoss(
                scores.states(), words, scores.ids(), shares(scores.both(), slopes), Ops.vocabularyChunk(words));
        return surrogate.sub(surrogate.getFloat()).add((float) sum);
    }

    /** What each token of the answers weighs, [answers' tokens]. */
    private NDArray shares(Batch both, double[] slopes) {
        int[] tokens = new int[slopes.length];
        for (int row = 0; row < tokens.length; row++) {
            tokens[row] = (int) both.set().trained(row);
        }
        float[] shares = new float[Arrays.stream(tokens).sum()];
        int end = 0;
        for (int row = 0; row < tokens.length; row++) {
            double of = options.lossType() == PreferenceOptions.LossType.IPO ? tokens[row] : 1;
            Arrays.fill(shares, end, end + tokens[row], (float) (slopes[row] / of));
            end += tokens[row];
        }
        return both.scope().create(shares);
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return set.units(rows);
    }
}
