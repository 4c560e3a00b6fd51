package io.tenfold.method.multitask;

import java.util.Arrays;

/**
 * GradNorm (Chen et al. 2018, arXiv:1711.02257, algorithm 1): the weights are trained so that the tasks' gradients at the
 * last shared layer have norms near their mean, larger for tasks that lag behind.
 *
 * <pre>
 * Gᵢ = |∇ wᵢLᵢ|,  rᵢ = (Lᵢ/Lᵢ(0)) / mean(L/L(0)),  minimise Σ |Gᵢ − mean(G) rᵢ^α| by w, the second term fixed
 * </pre>
 *
 * <p>By Adam, at the paper's rate; then the weights are scaled so that their sum is the number of tasks. None falls below
 * {@link #LEAST}, which the paper leaves open: at 0 a task would be gone for good.
 */
final class GradNormWeights implements LossWeights {

    static final double LEAST = 1e-3;

    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final int tasks;
    private final double alpha;
    private final double learningRate;
    private final double[] weights;
    private final double[] initial;
    private final double[] mean;
    private final double[] variance;
    private final RunningLosses losses;
    private long steps;

    GradNormWeights(int tasks, double alpha, double learningRate) {
        this.tasks = tasks;
        this.alpha = alpha;
        this.learningRate = learningRate;
        weights = new double[tasks];
        Arrays.fill(weights, 1);
        initial = new double[tasks];
        mean = new double[tasks];
        variance = new double[tasks];
        losses = new RunningLosses(tasks);
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
    public boolean wantsNorms() {
        return true;
    }

    @Override
    public void beforeStep(long step) {
        losses.clear();
    }

    @Override
    public void note(int task, double lossSum, long count) {
        losses.note(task, lossSum, count);
    }

    @Override
    public void afterStep(double[] norms) {
        update(losses.means(), norms);
    }

    /**
     * One step of the weights.
     *
     * @param losses mean losses without the weights
     * @param norms of the gradients with them
     */
    void update(double[] losses, double[] norms) {
        if (steps == 0) {
            System.arraycopy(losses, 0, initial, 0, tasks);
        }
        steps++;
        double[] rates = new double[tasks];
        for (int task = 0; task < tasks; task++) {
            rates[task] = initial[task] > 0 ? losses[task] / initial[task] : 1;
        }
        double meanRate = Arrays.stream(rates).average().orElse(1);
        double meanNorm = Arrays.stream(norms).average().orElse(0);
        for (int task = 0; task < tasks; task++) {
            double rate = meanRate > 0 ? rates[task] / meanRate : 1;
            double apart = norms[task] - meanNorm * Math.pow(rate, alpha);
            adam(task, Math.signum(apart) * norms[task] / weights[task]);
        }
        double all = Arrays.stream(weights).sum();
        for (int task = 0; task < tasks; task++) {
            weights[task] *= tasks / all;
        }
    }

    private void adam(int task, double gradient) {
        mean[task] = BETA1 * mean[task] + (1 - BETA1) * gradient;
        variance[task] = BETA2 * variance[task] + (1 - BETA2) * gradient * gradient;
        double corrected = mean[task] / (1 - Math.pow(BETA1, (double) steps));
        double deviation = Math.sqrt(variance[task] / (1 - Math.pow(BETA2, (double) steps)));
        weights[task] = Math.max(LEAST, weights[task] - learningRate * corrected / (deviation + EPSILON));
    }

    @Override
    public double[] state() {
        double[] state = new double[4 * tasks + 1];
        int at = 0;
        for (double[] numbers : new double[][] {weights, initial, mean, variance}) {
            System.arraycopy(numbers, 0, state, at, tasks);
            at += tasks;
        }
        state[at] = steps;
        return state;
    }

    @Override
    public void restore(double[] state) {
        int at = 0;
        for (double[] numbers : new double[][] {weights, initial, mean, variance}) {
            System.arraycopy(state, at, numbers, 0, tasks);
            at += tasks;
        }
        steps = (long) state[at];
    }
}
