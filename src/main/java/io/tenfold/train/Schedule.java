package io.tenfold.train;

import io.tenfold.job.TrainingOptions.Scheduler;

/**
 * The learning rate of every step: it rises in a line from 0 over the warm-up, then stays, falls in a line to 0, or falls
 * along half a cosine (Loshchilov and Hutter 2017, arXiv:1608.03983). As in Transformers the first step of a warm-up has
 * rate 0.
 */
public record Schedule(Scheduler kind, double peak, long totalSteps, long warmupSteps) {

    /** With {@code warmupRatio} of the steps as warm-up, rounded up. */
    public static Schedule of(Scheduler kind, double peak, long totalSteps, double warmupRatio) {
        return new Schedule(kind, peak, totalSteps, (long) Math.ceil(totalSteps * warmupRatio));
    }

    /** The rate of a step, counted from 1. */
    public double rate(long step) {
        long done = step - 1;
        if (done < warmupSteps) {
            return peak * done / warmupSteps;
        }
        double progress = (double) (done - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
        return peak
                * switch (kind) {
                    case CONSTANT -> 1;
                    case LINEAR -> Math.max(0, 1 - progress);
                    case COSINE -> Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
                };
    }
}
