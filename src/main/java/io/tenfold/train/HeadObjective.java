package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;

/**
 * The loss of a head as the set's targets have it: cross-entropy over classes or tags, the squared error of a regression. A
 * unit is a row, or a counted word.
 */
public record HeadObjective(Forward forward) implements Objective {

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        return Objective.headLoss(forward.logits(batch, training), batch);
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return set.units(rows);
    }
}
