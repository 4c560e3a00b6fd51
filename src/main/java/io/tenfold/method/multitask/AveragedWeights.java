package io.tenfold.method.multitask;

import java.util.Arrays;

/**
 * Dynamic weight average (Liu et al. 2019, arXiv:1803.10704, eq. 7): a task whose loss falls more slowly than others'
 * weighs more. With wₖ the mean loss of the last epoch over that of the one before, task k of K weighs {@code
 * K exp(wₖ/T) / Σ exp(wᵢ/T)}; in the first two epochs all weigh 1.
 */
final class AveragedWeights implements LossWeights {

    private final int tasks;
    private final double temperature;
    private final long stepsPerEpoch;

    /** Mean losses of the epoch before the last one, of the last one, and of the running one. */
    private double[] before;

    private double[] last;
    private final RunningLosses running;
    private double[] weights;
    private int epochs;

    AveragedWeights(int tasks, double temperature, long stepsPerEpoch) {
        this.tasks = tasks;
        this.temperature = temperature;
        this.stepsPerEpoch = stepsPerEpoch;
        before = new double[tasks];
        last = new double[tasks];
        running = new RunningLosses(tasks);
        weights = new double[tasks];
        Arrays.fill(weights, 1);
    }

    @Override
    public double[] now() {
        return weights.clone();
    }

    @Override
    public boolean change() {
        return true;
    }

    @Override
    public void note(int task, double lossSum, long count) {
        running.note(task, lossSum, count);
    }

    @Override
    public void beforeStep(long step) {
        if (step == 1 || (step - 1) % stepsPerEpoch != 0) {
            return;
        }
        before = last;
        last = running.means();
        running.clear();
        epochs++;
        if (epochs >= 2) {
            weights = weights(last, before, temperature);
        }
    }

    /**
     * The weights for an epoch.
     *
     * @param last mean losses of the epoch before
     * @param before of the one before that; a loss of 0 there has not fallen since
     */
    static double[] weights(double[] last, double[] before, double temperature) {
        double[] weights = new double[last.length];
        for (int task = 0; task < weights.length; task++) {
            double fallen = before[task] > 0 ? last[task] / before[task] : 1;
            weights[task] = fallen / temperature;
        }
        // Less the largest, as any softmax.
        double most = Arrays.stream(weights).max().orElse(0);
        double[] parts = Arrays.stream(weights).map(x -> Math.exp(x - most)).toArray();
        double all = Arrays.stream(parts).sum();
        return Arrays.stream(parts).map(part -> parts.length * part / all).toArray();
    }

    @Override
    public double[] state() {
        double[] state = new double[5 * tasks + 1];
        int at = 0;
        for (double[] numbers : new double[][] {before, last, running.sums, running.units, weights}) {
            System.arraycopy(numbers, 0, state, at, tasks);
            at += tasks;
        }
        state[at] = epochs;
        return state;
    }

    @Override
    public void restore(double[] state) {
        before = Arrays.copyOfRange(state, 0, tasks);
        last = Arrays.copyOfRange(state, tasks, 2 * tasks);
        System.arraycopy(state, 2 * tasks, running.sums, 0, tasks);
        System.arraycopy(state, 3 * tasks, running.units, 0, tasks);
        weights = Arrays.copyOfRange(state, 4 * tasks, 5 * tasks);
        epochs = (int) state[5 * tasks];
    }
}
