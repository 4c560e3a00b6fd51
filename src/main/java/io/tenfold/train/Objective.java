package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
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

    /** The loss of a head with an output per class or one number, [rows, outputs], against a batch's labels. */
    static NDArray headLoss(NDArray logits, Batch batch, boolean regression) {
        return regression
                ? Ops.squaredErrorSum(logits.reshape(-1), batch.labels())
                : Ops.crossEntropySum(logits, batch.labels());
    }
}
