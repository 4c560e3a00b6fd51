package io.tenfold.train;

import io.tenfold.job.PreferenceOptions;
import io.tenfold.job.PreferenceOptions.LossType;

/**
 * What is lost on a pair of answers, and how the loss changes with what the model says of them; as TRL reckons it.
 *
 * @param loss of the pair
 * @param slope its derivative by the better answer's log-probability, which is that by the worse one's with the other sign
 * @param chosen the better answer's reward: {@code beta} times how far it is from the reference
 * @param rejected the worse answer's
 */
public record PreferenceLoss(double loss, double slope, double chosen, double rejected) {

    /**
     * Log-probabilities of the two answers to a prompt, in nats.
     *
     * @param chosen the better answer's
     * @param rejected the worse one's
     */
    public record Pair(double chosen, double rejected) {
        static final Pair ALIKE = new Pair(0, 0);
    }

    /**
     * The loss of a pair.
     *
     * @param model what the model says of the answers
     * @param reference what the reference says of them
     */
    static PreferenceLoss of(PreferenceOptions options, Pair model, Pair reference) {
        double beta = options.beta();
        double chosen = model.chosen() - reference.chosen();
        double rejected = model.rejected() - reference.rejected();
        double apart = chosen - rejected;
        double loss;
        double slope;
        if (options.lossType() == LossType.IPO) {
            double miss = apart - 1 / (2 * beta);
            loss = miss * miss;
            slope = 2 * miss;
        } else {
            double wrong = options.labelSmoothing();
            loss = softplus(-beta * apart) * (1 - wrong) + softplus(beta * apart) * wrong;
            slope = beta * (sigmoid(beta * apart) - (1 - wrong));
        }
        return new PreferenceLoss(loss, slope, beta * chosen, beta * rejected);
    }

    /** How much greater the better answer's reward is. */
    public double margin() {
        return chosen - rejected;
    }

    /** log(1 + e^x), also where e^x is too large for a number. */
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
