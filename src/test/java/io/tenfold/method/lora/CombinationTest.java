package io.tenfold.method.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** DARE's part in merging, which is drawn and so can't be compared with PEFT's number by number. */
class CombinationTest {

    private static final int NUMBERS = 20_000;

    private static float[] numbers(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] numbers = new float[NUMBERS];
        for (int i = 0; i < NUMBERS; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private static float[] sum(Combination.Kind kind, double density, float[][] numbers, double[] weights, long seed) {
        return new Combination(kind, density, false).sum(numbers, weights, new SplittableRandom(seed));
    }

    @Test
    void dareKeepsTheDensityAndEnlargesWhatItKeeps() {
        float[] numbers = numbers(1);
        float[] kept = sum(Combination.Kind.DARE_LINEAR, 0.3, new float[][] {numbers}, new double[] {1}, 2);
        int count = 0;
        for (int i = 0; i < NUMBERS; i++) {
            if (kept[i] != 0) {
                assertEquals(numbers[i] / 0.3, kept[i], 1e-5);
                count++;
            }
        }
        assertEquals(0.3, (double) count / NUMBERS, 0.02);
    }

    @Test
    void daresExpectationIsThePlainSum() {
        float[][] numbers = {{1, -2, 3}, {4, 5, -6}};
        double[] weights = {0.6, 0.4};
        double[] mean = new double[3];
        for (int seed = 0; seed < NUMBERS; seed++) {
            float[] sum = sum(Combination.Kind.DARE_LINEAR, 0.5, numbers, weights, seed);
            for (int i = 0; i < 3; i++) {
                mean[i] += sum[i] / NUMBERS;
            }
        }
        float[] plain = sum(Combination.Kind.LINEAR, 1, numbers, weights, 0);
        for (int i = 0; i < 3; i++) {
            assertEquals(plain[i], mean[i], 0.1);
        }
    }

    @Test
    void withoutDroppingDareIsWhatItIsBuiltOn() {
        float[][] numbers = {numbers(3), numbers(4)};
        double[] weights = {0.6, -0.4};
        assertArrayEquals(
                sum(Combination.Kind.LINEAR, 1, numbers, weights, 0),
                sum(Combination.Kind.DARE_LINEAR, 1, numbers, weights, 0));
        assertArrayEquals(
                sum(Combination.Kind.TIES, 1, numbers, weights, 0),
                sum(Combination.Kind.DARE_TIES, 1, numbers, weights, 0));
    }

    @Test
    void dareTiesElectsSignsAmongWhatIsKept() {
        float[][] numbers = {numbers(5), numbers(6)};
        float[] merged = sum(Combination.Kind.DARE_TIES, 0.5, numbers, new double[] {1, 1}, 7);
        int both = 0;
        int one = 0;
        for (int i = 0; i < NUMBERS; i++) {
            double first = 2 * numbers[0][i];
            double second = 2 * numbers[1][i];
            boolean alone = close(merged[i], first) || close(merged[i], second);
            boolean mean = first * second > 0 && close(merged[i], (first + second) / 2);
            assertTrue(merged[i] == 0 || alone || mean, "number " + i);
            both += mean ? 1 : 0;
            one += merged[i] != 0 && !mean ? 1 : 0;
        }
        // Both are kept in a quarter of the places, and agree in half of these.
        assertEquals(0.125, (double) both / NUMBERS, 0.02);
        assertEquals(0.625, (double) one / NUMBERS, 0.02);
    }

    private static boolean close(double a, double b) {
        return Math.abs(a - b) < 1e-5;
    }
}
