package io.tenfold.method.domain;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.Ops;

/**
 * A distance between the features of a batch's domains: of their covariances (Sun and Saenko 2016, arXiv:1607.01719), or
 * the mean discrepancy under five Gaussian kernels (Long et al. 2015, arXiv:1502.02791; widths as in
 * Transfer-Learning-Library's example of DAN). A batch of one row has neither.
 *
 * @param kernels whether it is the second
 */
record FeatureDistance(boolean kernels, double weight) implements Alignment {

    private static final float[] WIDTHS = {0.125f, 0.25f, 0.5f, 1, 2};

    @Override
    public NDArray lossSum(NDArray source, NDArray target) {
        long rows = source.getShape().get(0);
        if (rows < 2) {
            return source.sum().mul(0);
        }
        NDArray distance =
                kernels ? Ops.mmd(source, target, source.getManager().create(WIDTHS)) : Ops.coral(source, target);
        return distance.mul((float) (weight * rows));
    }
}
