package io.tenfold.train;

import io.tenfold.data.BatchPlan;
import io.tenfold.job.TrainingOptions;

/**
 * Which batches make which optimiser step. A step has {@code accumulation} batches, the last one of an epoch perhaps
 * fewer: no step spans two epochs (as in Transformers).
 *
 * @param stepsPerEpoch optimiser steps in an epoch
 * @param totalSteps of the run
 */
public record StepPlan(BatchPlan batches, int accumulation, long stepsPerEpoch, long totalSteps) {

    /** The plan for a number of rows. */
    public static StepPlan of(int rows, TrainingOptions options) {
        BatchPlan batches = new BatchPlan(rows, options.batchSize(), options.seed(), options.shuffle());
        int accumulation = options.gradientAccumulationSteps();
        long perEpoch = Math.ceilDiv(batches.batchesPerEpoch(), accumulation);
        Integer maxSteps = options.maxSteps();
        return new StepPlan(
                batches, accumulation, perEpoch, maxSteps == null ? perEpoch * options.epochs() : maxSteps.longValue());
    }

    /** Whether the validation rows are scored after a step: each epoch, or as often as the request says, and at the end. */
    boolean isScored(long step, TrainingOptions options) {
        return step % interval(options) == 0 || step == totalSteps;
    }

    /** How often a run that never ends early scores the validation rows. */
    long evaluations(TrainingOptions options) {
        return Math.ceilDiv(totalSteps, interval(options));
    }

    private long interval(TrainingOptions options) {
        Integer asked = options.evalSteps();
        return asked == null ? stepsPerEpoch : asked.longValue();
    }

    /** No step at all, for a method that has nothing to train. */
    StepPlan withoutSteps() {
        return new StepPlan(batches, accumulation, stepsPerEpoch, 0);
    }

    /** The batches, each an array of rows, of a step counted from 1. */
    public int[][] batches(long step) {
        long epoch = (step - 1) / stepsPerEpoch;
        int first = (int) ((step - 1) % stepsPerEpoch) * accumulation;
        int count = Math.min(accumulation, batches.batchesPerEpoch() - first);
        int[][] rows = new int[count][];
        for (int i = 0; i < count; i++) {
            rows[i] = batches.batch(epoch * batches.batchesPerEpoch() + first + i);
        }
        return rows;
    }

    /** Passes over the data after a step, with a fraction. */
    public double epoch(long step) {
        return (double) step / stepsPerEpoch;
    }
}
