package io.tenfold.train;

import io.tenfold.data.TokenizedSet;
import io.tenfold.job.PreferenceOptions;
import io.tenfold.job.StopCheck;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.train.PreferenceLoss.Pair;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * What the request's model says of the answers before it is tuned, asked once: the model itself is not needed again, so that
 * no second one lies in memory while there are steps.
 */
final class Reference {

    private final IdentityHashMap<TokenizedSet, Pair[]> pairs = new IdentityHashMap<>();

    private Reference() {}

    /**
     * Asks about the training and the validation rows; about none where the options want no reference.
     *
     * @param network as it is before the first step
     * @param plain whether it is the plain model as long as nothing is trained
     */
    static Reference of(Inputs inputs, Network network, boolean plain) {
        Reference reference = new Reference();
        if (inputs.task().task().preference().referenceFree()) {
            return reference;
        }
        if (plain) {
            reference.ask(inputs, network);
        } else {
            try (Network untouched = Networks.load(inputs, ModelHooks.NONE)) {
                reference.ask(inputs, untouched);
            }
        }
        return reference;
    }

    private void ask(Inputs inputs, Network network) {
        PreferenceOptions options = inputs.task().task().preference();
        int batch = TrainingLoop.evalBatchSize(inputs.options());
        for (TokenizedSet set : sets(inputs)) {
            pairs.put(set, AnswerScores.ofAll(network, set, options, batch, inputs.backend(), _ -> StopCheck.ask()));
        }
    }

    private static List<TokenizedSet> sets(Inputs inputs) {
        TokenizedSet validation = inputs.validation();
        return validation == null ? List.of(inputs.training()) : List.of(inputs.training(), validation);
    }

    /** The log-probabilities of a row's answers; alike where there is no reference. */
    Pair of(TokenizedSet set, int row) {
        Pair[] known = pairs.get(set);
        if (known == null && !pairs.isEmpty()) {
            throw new IllegalArgumentException("the reference was not asked about these rows");
        }
        return known == null ? Pair.ALIKE : known[row];
    }
}
