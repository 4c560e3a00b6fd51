package io.tenfold.method.multitask;

import java.util.Arrays;

/** Mean losses of several tasks since the last {@link #clear}. */
final class RunningLosses {

    final double[] sums;
    final double[] units;

    RunningLosses(int tasks) {
        sums = new double[tasks];
        units = new double[tasks];
    }

    void note(int task, double lossSum, long count) {
        sums[task] += lossSum;
        units[task] += count;
    }

    /** By task; 0 where nothing was noted. */
    double[] means() {
        double[] means = new double[sums.length];
        for (int task = 0; task < means.length; task++) {
            means[task] = sums[task] / Math.max(1, units[task]);
        }
        return means;
    }

    void clear() {
        Arrays.fill(sums, 0);
        Arrays.fill(units, 0);
    }
}
