package io.tenfold.method.multitask;

import java.util.SplittableRandom;

/**
 * PCGrad (Yu et al. 2020, arXiv:2001.06782, algorithm 1): each task's gradient loses its part against every other task's
 * that it conflicts with. All results are sums of the tasks' gradients, so that their inner products are enough.
 */
final class ConflictProjection {

    private ConflictProjection() {}

    /**
     * What to multiply each task's gradient with for the sum of the projected ones.
     *
     * <pre>
     * for each task i: gᵢᴾᶜ ← gᵢ
     *   for each other task j, in its order: if gᵢᴾᶜ · gⱼ &lt; 0: gᵢᴾᶜ ← gᵢᴾᶜ − (gᵢᴾᶜ · gⱼ / |gⱼ|²) gⱼ
     * </pre>
     *
     * @param products [tasks][tasks], the inner products of the gradients
     * @param orders for each task the others, in the order in which it meets them
     */
    static double[] factors(double[][] products, int[][] orders) {
        double[] sum = new double[products.length];
        for (int i = 0; i < products.length; i++) {
            double[] own = new double[products.length];
            own[i] = 1;
            for (int j : orders[i]) {
                double product = 0;
                for (int k = 0; k < own.length; k++) {
                    product += own[k] * products[k][j];
                }
                if (product < 0) {
                    own[j] -= product / products[j][j];
                }
            }
            for (int k = 0; k < own.length; k++) {
                sum[k] += own[k];
            }
        }
        return sum;
    }

    /** For each task the others in an order drawn for this step. */
    static int[][] orders(int tasks, long seed, long step) {
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + step);
        int[][] orders = new int[tasks][];
        for (int task = 0; task < tasks; task++) {
            int own = task;
            int[] others = java.util.stream.IntStream.range(0, tasks)
                    .filter(other -> other != own)
                    .toArray();
            for (int i = others.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int swapped = others[i];
                others[i] = others[j];
                others[j] = swapped;
            }
            orders[task] = others;
        }
        return orders;
    }
}
