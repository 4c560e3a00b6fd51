package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;

/** Cross-entropy over classes, or the squared error of a regression, of a head; a unit is a row. */
public record HeadObjective(Forward forward, boolean regression) implements Objective {

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        return Objective.headLoss(forward.logits(batch, training), batch, regression);
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return rows.length;
    }
}
