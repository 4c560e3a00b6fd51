package io.tenfold.method.domain;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.common.DrawnLinear;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Inputs;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A classifier of domains (two linear layers, the inner one as wide as the model, with relu) that learns to tell features
 * apart while, through a reversed gradient, the model learns to make them alike (Ganin et al. 2016, arXiv:1505.07818,
 * eq. 9: the mean over the source's rows and that over the target's are added).
 */
final class Adversary implements Alignment {

    /** The beginning of its parameters' names. */
    static final String NAME = "domain_discriminator";

    /** How steeply the reversal grows (section 5.2). */
    private static final double GAMMA = 10;

    private final double lambdaMax;
    private final DrawnLinear inner;
    private final DrawnLinear outer;
    private double lambda;
    private double loss;
    private long right;
    private long seen;

    Adversary(Inputs inputs, double lambdaMax, long width) {
        this.lambdaMax = lambdaMax;
        long seed = inputs.options().seed();
        inner = DrawnLinear.of(inputs.backend(), seed, NAME + ".0", width, width);
        outer = DrawnLinear.of(inputs.backend(), seed, NAME + ".1", width, 2);
    }

    @Override
    public Parameters own() {
        Parameters own = new Parameters(inner.parameters());
        own.addAll(outer.parameters());
        return own;
    }

    /** {@code lambda_max (2 / (1 + exp(-10 p)) - 1)} where p goes from 0 to 1 over the steps (section 5.2). */
    static double lambda(double lambdaMax, long step, long totalSteps) {
        double progress = (step - 1) / (double) totalSteps;
        return lambdaMax * (2 / (1 + Math.exp(-GAMMA * progress)) - 1);
    }

    @Override
    public void beforeStep(long step, long totalSteps) {
        lambda = lambda(lambdaMax, step, totalSteps);
    }

    @Override
    public NDArray lossSum(NDArray source, NDArray target) {
        return Ops.add(
                lossSum(Ops.reverseGradient(source, lambda), 0), lossSum(Ops.reverseGradient(target, lambda), 1));
    }

    private NDArray lossSum(NDArray features, int domain) {
        return crossEntropy(logits(features), domain);
    }

    /** [n, 2] of [n, hidden]. */
    private NDArray logits(NDArray features) {
        return outer.apply(Ops.activation(Activation.RELU, inner.apply(features)));
    }

    private static NDArray crossEntropy(NDArray logits, int domain) {
        long[] labels = new long[Math.toIntExact(logits.getShape().get(0))];
        java.util.Arrays.fill(labels, domain);
        return Ops.crossEntropySum(logits, logits.getManager().create(labels));
    }

    @Override
    public void observe(String domain, NDArray features) {
        int wanted = domain.equals(Domains.SOURCE) ? 0 : 1;
        NDArray logits = logits(features);
        loss += crossEntropy(logits, wanted).getFloat();
        float[] scores = logits.toFloatArray();
        for (int row = 0; row < scores.length / 2; row++) {
            right += (scores[2 * row + 1] > scores[2 * row] ? 1 : 0) == wanted ? 1 : 0;
        }
        seen += scores.length / 2;
    }

    /** {@code discriminator}: its loss and accuracy on the validation rows; near chance, the features are alike. */
    @Override
    public Map<String, Object> observed() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("loss", loss / Math.max(1, seen));
        values.put("accuracy", right / (double) Math.max(1, seen));
        loss = 0;
        right = 0;
        seen = 0;
        return Map.of("discriminator", values);
    }
}
