package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;

/** Cross-entropy over classes, or the squared error of a regression, of the network's head; a unit is a row. */
public record HeadObjective(Network network, boolean regression) implements Objective {

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        return Objective.headLoss(network.logits(batch.tokens(), training), batch, regression);
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return rows.length;
    }
}
