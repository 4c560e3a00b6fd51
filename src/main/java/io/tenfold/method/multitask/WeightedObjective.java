package io.tenfold.method.multitask;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.train.Objective;

/** A batch's loss at its own task's head, weighted. */
record WeightedObjective(Tasks tasks, LossWeights weights) implements Objective {

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        int task = tasks.of(batch.set());
        NDArray sum = tasks.objective(task).lossSum(batch, training);
        long units = units(batch.set(), batch.rows());
        weights.note(task, sum.getFloat(), units);
        return weights.weighted(task, sum, units);
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return tasks.objective(tasks.of(set)).units(set, rows);
    }
}
