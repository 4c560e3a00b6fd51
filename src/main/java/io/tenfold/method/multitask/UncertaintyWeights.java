package io.tenfold.method.multitask;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.Parameter;
import java.util.List;

/**
 * Weights by the tasks' learned uncertainty (Kendall et al. 2018, arXiv:1705.07115). With s the logarithm of a task's
 * variance, its loss L becomes {@code L e⁻ˢ + s/2} where it is a cross-entropy (eq. 10) and {@code ½ L e⁻ˢ + s/2} where
 * it is a squared error (eq. 7).
 *
 * @param logVariances one number each, of the tasks
 * @param regressions which tasks have squared errors
 */
record UncertaintyWeights(List<Parameter> logVariances, List<Boolean> regressions) implements LossWeights {

    UncertaintyWeights {
        logVariances = List.copyOf(logVariances);
        regressions = List.copyOf(regressions);
    }

    @Override
    public double[] now() {
        double[] weights = new double[logVariances.size()];
        for (int task = 0; task < weights.length; task++) {
            weights[task] =
                    share(task) * Math.exp(-logVariances.get(task).value().getFloat());
        }
        return weights;
    }

    @Override
    public NDArray weighted(int task, NDArray lossSum, long units) {
        NDArray logVariance = lossSum.onesLike().mul(logVariances.get(task).value());
        return logVariance.neg().exp().mul(lossSum).mul((float) share(task)).add(logVariance.mul(0.5f * units));
    }

    private double share(int task) {
        return regressions.get(task) ? 0.5 : 1;
    }

    @Override
    public boolean change() {
        return true;
    }

    @Override
    public List<Parameter> trained() {
        return logVariances;
    }
}
