package io.tenfold.train.writing;

import java.util.Arrays;

/**
 * Which tokens may come next and how probable each is, as Transformers' {@code TemperatureLogitsWarper}, {@code
 * TopKLogitsWarper} and {@code TopPLogitsWarper} make it, in this order. Numbers are rounded to fp32 where they round them,
 * for what is kept is a matter of the last bit where logits are equal.
 */
final class TokenDraw {

    private final Sampling sampling;

    TokenDraw(Sampling sampling) {
        this.sampling = sampling;
    }

    /**
     * A token's id, drawn by these probabilities.
     *
     * @param logits of one row, no NaN among them
     * @param draw evenly from [0, 1)
     */
    int token(float[] logits, double draw) {
        double[] probabilities = probabilities(logits);
        int last = 0;
        double sum = 0;
        for (int id = 0; id < probabilities.length; id++) {
            if (probabilities[id] > 0) {
                last = id;
                sum += probabilities[id];
                if (draw < sum) {
                    return id;
                }
            }
        }
        return last; // The sum of all may be a little less than 1.
    }

    /** Each token's probability, [vocabulary]; 0 where it is cut away. */
    double[] probabilities(float[] logits) {
        float[] scores = new float[logits.length];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = logits[id] / (float) sampling.temperature();
        }
        cutBelowTopK(scores);
        cutBelowTopP(scores);
        return softmax(scores);
    }

    private void cutBelowTopK(float[] scores) {
        if (sampling.topK() == 0 || sampling.topK() >= scores.length) {
            return;
        }
        float[] sorted = scores.clone();
        Arrays.sort(sorted);
        float least = sorted[sorted.length - sampling.topK()];
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] < least) {
                scores[id] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /**
     * From the least probable on, tokens are cut while all so far have not more than 1 - topP; the last one stays. Of equally
     * probable ones the lower ids go first, as in a stable {@code torch.sort}.
     */
    private void cutBelowTopP(float[] scores) {
        if (sampling.topP() == 1) {
            return;
        }
        double[] probabilities = softmax(scores);
        float most = (float) (1 - sampling.topP());
        int[] rising = rising(scores);
        double sum = 0;
        for (int place = 0; place < rising.length - 1; place++) {
            sum += (float) probabilities[rising[place]];
            if ((float) sum > most) {
                return;
            }
            scores[rising[place]] = Float.NEGATIVE_INFINITY;
        }
    }

    /** The ids from the lowest score to the highest; of equal scores, the lower id first. */
    private static int[] rising(float[] scores) {
        long[] keys = new long[scores.length];
        for (int id = 0; id < keys.length; id++) {
            int bits = Float.floatToIntBits(scores[id] + 0f); // -0 becomes 0
            int ordered = bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
            keys[id] = (long) ordered << Integer.SIZE | id;
        }
        Arrays.sort(keys);
        return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
    }

    private static double[] softmax(float[] scores) {
        float highest = Float.NEGATIVE_INFINITY;
        for (float score : scores) {
            highest = Math.max(highest, score);
        }
        double[] probabilities = new double[scores.length];
        double sum = 0;
        for (int id = 0; id < scores.length; id++) {
            probabilities[id] = Math.exp(scores[id] - highest);
            sum += probabilities[id];
        }
        for (int id = 0; id < scores.length; id++) {
            probabilities[id] /= sum;
        }
        return probabilities;
    }
}
