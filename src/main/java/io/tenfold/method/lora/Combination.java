package io.tenfold.method.lora;

import java.util.SplittableRandom;

/**
 * Sums of several adapters' numbers, as PEFT's {@code add_weighted_adapter} has them: a plain sum, TIES (Yadav et al. 2023,
 * arXiv:2306.01708, algorithm 1), DARE (Yu et al. 2024, arXiv:2311.03099, eq. 3), or both.
 *
 * @param density the share of each adapter's numbers that is kept
 * @param byFrequency whether a sign is elected by heads and not by weight
 */
record Combination(Kind kind, double density, boolean byFrequency) {

    /** What happens to each adapter's numbers before they are added, and to the sum. */
    enum Kind {
        LINEAR,
        SVD,
        CAT,
        MAGNITUDE_PRUNE,
        TIES,
        DARE_LINEAR,
        DARE_TIES;

        boolean prunes() {
            return this == MAGNITUDE_PRUNE || this == TIES || this == DARE_LINEAR || this == DARE_TIES;
        }

        boolean electsSigns() {
            return this == TIES || this == DARE_TIES;
        }
    }

    /**
     * The sum of numbers in the same places.
     *
     * @param numbers of each adapter; not changed
     * @param weights of each adapter
     * @param random draws what DARE drops
     */
    float[] sum(float[][] numbers, double[] weights, SplittableRandom random) {
        float[][] kept = new float[numbers.length][];
        for (int adapter = 0; adapter < numbers.length; adapter++) {
            kept[adapter] = pruned(numbers[adapter], random);
        }
        float[] sum = new float[numbers[0].length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = kind.electsSigns() ? elected(kept, weights, i) : weighted(kept, weights, i);
        }
        return sum;
    }

    private float[] pruned(float[] numbers, SplittableRandom random) {
        if (!kind.prunes() || density >= 1) {
            return numbers;
        }
        return switch (kind) {
            case TIES, MAGNITUDE_PRUNE -> largest(numbers);
            case DARE_LINEAR, DARE_TIES -> dropped(numbers, random);
            case LINEAR, SVD, CAT -> numbers;
        };
    }

    /** Zeroes all but the numbers of the largest magnitude; of equal ones at the border the first stay. */
    private float[] largest(float[] numbers) {
        int keep = (int) (density * numbers.length);
        float[] sizes = new float[numbers.length];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Math.abs(numbers[i]);
        }
        java.util.Arrays.sort(sizes);
        float least = keep == 0 ? Float.POSITIVE_INFINITY : sizes[sizes.length - keep];
        int atBorder = keep;
        for (float size : sizes) {
            atBorder -= size > least ? 1 : 0;
        }
        float[] kept = new float[numbers.length];
        for (int i = 0; i < kept.length; i++) {
            float size = Math.abs(numbers[i]);
            if (size > least || (size == least && atBorder-- > 0)) {
                kept[i] = numbers[i];
            }
        }
        return kept;
    }

    /** Zeroes each number by chance and enlarges the others, so that the expectation stays. */
    private float[] dropped(float[] numbers, SplittableRandom random) {
        float[] kept = new float[numbers.length];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = random.nextDouble() < density ? (float) (numbers[i] / density) : 0;
        }
        return kept;
    }

    private static float weighted(float[][] numbers, double[] weights, int i) {
        float sum = 0;
        for (int adapter = 0; adapter < numbers.length; adapter++) {
            sum += numbers[adapter][i] * (float) weights[adapter];
        }
        return sum;
    }

    /** The weighted mean, without the weights' sum, of those numbers that have the elected sign. */
    private float elected(float[][] numbers, double[] weights, int i) {
        float votes = 0;
        for (float[] one : numbers) {
            votes += byFrequency ? Math.signum(one[i]) : one[i];
        }
        float sign = votes >= 0 ? 1 : -1;
        float sum = 0;
        int count = 0;
        for (int adapter = 0; adapter < numbers.length; adapter++) {
            if (Math.signum(numbers[adapter][i]) == sign) {
                sum += numbers[adapter][i] * (float) weights[adapter];
                count++;
            }
        }
        return sum / Math.max(1, count);
    }
}
