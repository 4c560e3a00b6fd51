package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.Targets;
import io.tenfold.data.TokenizedSet;
import io.tenfold.tensor.Ops;

/** What a step makes small. Losses are sums, so that accumulation and evaluation weigh every unit alike. */
public interface Objective {

    /**
     * The sum of the losses of a batch's units.
     *
     * @param training whether dropout acts
     * @return one number, in the batch's scope
     */
    NDArray lossSum(Batch batch, boolean training);

    /** How many units (rows, counted tokens) these rows of the set have: what sums are divided by for a mean. */
    long units(TokenizedSet set, int[] rows);

    /** Whether a batch's rows belong together, so that its loss is not the sum of the losses of some of its rows. */
    default boolean needsWholeBatches() {
        return false;
    }

    /**
     * The summed loss of a head's outputs, [rows, outputs] or of tags [tokens, outputs], against a batch's labels, as its
     * set's targets have it. Divide by {@link TokenizedSet#units} for the mean.
     */
    static NDArray headLoss(NDArray logits, Batch batch) {
        return switch (batch.set().targets()) {
            case Targets.Classes _, Targets.Tags _ -> Ops.crossEntropySum(logits, batch.labels());
            case Targets.Numbers _ -> Ops.squaredErrorSum(logits.reshape(-1), batch.labels());
            case Targets.Language _, Targets.Preference _ ->
                throw new IllegalArgumentException("a head for labels does not learn a language");
            case Targets.None _ -> throw new IllegalArgumentException("rows without labels have no loss");
        };
    }
}
