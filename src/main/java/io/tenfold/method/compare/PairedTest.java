package io.tenfold.method.compare;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Whether two candidates differ by more than chance: a permutation test on the same validation rows (Dror et al. 2018,
 * <i>The Hitchhiker's Guide to Testing Statistical Significance in NLP</i>, section 3.2.2). Under the null hypothesis the sign
 * of each row's difference is a coin's.
 *
 * @param of what is compared row by row
 * @param rows how many
 * @param difference of the means, the first candidate's less the second's
 * @param p the share of sign draws with a difference as large
 */
record PairedTest(String first, String second, String of, int rows, double difference, double p) {

    private static final int DRAWS = 10_000;

    /** Tests two candidates, each row's loss the mean over their runs; null where no row was kept. */
    static @Nullable PairedTest of(CandidateResult first, CandidateResult second, long seed) {
        return of(first.candidate().label(), losses(first), second.candidate().label(), losses(second), seed);
    }

    /** Tests on the rows that both have. */
    static @Nullable PairedTest of(String first, RowLosses one, String second, RowLosses other, long seed) {
        Map<RowLosses.Row, Double> others = other.byRow();
        double[] differences = one.byRow().entrySet().stream()
                .filter(row -> others.containsKey(row.getKey()))
                .mapToDouble(row -> row.getValue() - others.getOrDefault(row.getKey(), 0.0))
                .toArray();
        if (differences.length == 0) {
            return null;
        }
        double sum = 0;
        for (double difference : differences) {
            sum += difference;
        }
        return new PairedTest(
                first, second, one.of(), differences.length, sum / differences.length, p(differences, sum, seed));
    }

    private static double p(double[] differences, double sum, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int asLarge = 0;
        for (int draw = 0; draw < DRAWS; draw++) {
            double drawn = 0;
            for (double difference : differences) {
                drawn += random.nextBoolean() ? difference : -difference;
            }
            // Sums of the same terms in another order may differ in their last bits.
            if (Math.abs(drawn) >= Math.abs(sum) * (1 - 1e-12)) {
                asLarge++;
            }
        }
        return (asLarge + 1.0) / (DRAWS + 1.0);
    }

    private static RowLosses losses(CandidateResult result) {
        List<Path> artifacts = result.runs().stream()
                .map(run -> run.finish().published().folder())
                .toList();
        return RowLosses.ofRuns(artifacts);
    }
}
