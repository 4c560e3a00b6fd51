package io.tenfold.train;

import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.TrainingOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Which batches make which optimiser step. A step has {@code accumulation} batches, the last one of an epoch perhaps
 * fewer: no step spans two epochs (as in Transformers).
 *
 * @param rows of a step counted from 1; they follow from the number alone
 * @param stepsPerEpoch optimiser steps in an epoch
 * @param totalSteps of the run
 */
public record StepPlan(LongFunction<List<Part>> rows, long stepsPerEpoch, long totalSteps) {

    /** Rows of one batch. The losses of a set's parts in a step are divided by all of their units. */
    public record Part(TokenizedSet set, int[] rows) {

        /**
         * The rows in their order, cut where there would be more tokens at once; a longer row goes alone.
         *
         * @param tokens at most
         * @param virtual that each row has besides its own
         */
        List<Part> passes(int tokens, int virtual) {
            List<Part> passes = new ArrayList<>();
            int first = 0;
            long sum = 0;
            for (int i = 0; i < rows.length; i++) {
                long own = set.tokens(rows[i]) + (long) virtual;
                if (i > first && sum + own > tokens) {
                    passes.add(new Part(set, Arrays.copyOfRange(rows, first, i)));
                    first = i;
                    sum = 0;
                }
                sum += own;
            }
            passes.add(new Part(set, Arrays.copyOfRange(rows, first, rows.length)));
            return passes;
        }
    }

    /** The plan for the rows of one set. */
    public static StepPlan of(TokenizedSet set, TrainingOptions options) {
        BatchPlan batches = batches(set, options);
        int accumulation = options.gradientAccumulationSteps();
        long perEpoch = Math.ceilDiv(batches.batchesPerEpoch(), accumulation);
        return of(step -> parts(set, batches, accumulation, perEpoch, step), perEpoch, options);
    }

    /** A plan of the usual length: the request's steps, or its epochs. */
    public static StepPlan of(LongFunction<List<Part>> rows, long stepsPerEpoch, TrainingOptions options) {
        Integer maxSteps = options.maxSteps();
        return new StepPlan(
                rows, stepsPerEpoch, maxSteps == null ? stepsPerEpoch * options.epochs() : maxSteps.longValue());
    }

    /** The batches of one set, epoch after epoch. */
    public static BatchPlan batches(TokenizedSet set, TrainingOptions options) {
        return new BatchPlan(set.size(), options.batchSize(), options.seed(), options.shuffle());
    }

    private static List<Part> parts(
            TokenizedSet set, BatchPlan batches, int accumulation, long stepsPerEpoch, long step) {
        long epoch = (step - 1) / stepsPerEpoch;
        int first = (int) ((step - 1) % stepsPerEpoch) * accumulation;
        int count = Math.min(accumulation, batches.batchesPerEpoch() - first);
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            parts.add(new Part(set, batches.batch(epoch * batches.batchesPerEpoch() + first + i)));
        }
        return parts;
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
        return new StepPlan(rows, stepsPerEpoch, 0);
    }

    /** What goes through the network in a step counted from 1, one part after another. */
    List<Part> parts(long step) {
        return rows.apply(step);
    }

    /** Passes over the data after a step, with a fraction. */
    public double epoch(long step) {
        return (double) step / stepsPerEpoch;
    }
}
