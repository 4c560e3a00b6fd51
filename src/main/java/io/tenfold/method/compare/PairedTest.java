package io.tenfold.method.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.train.PredictionFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

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
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Tests two candidates, each row's loss the mean over their runs. */
    static PairedTest of(CandidateResult first, CandidateResult second, long seed) {
        double[] one = losses(first);
        double[] other = losses(second);
        int rows = Math.min(one.length, other.length);
        double[] differences = new double[rows];
        double sum = 0;
        for (int row = 0; row < rows; row++) {
            differences[row] = one[row] - other[row];
            sum += differences[row];
        }
        SplittableRandom random = new SplittableRandom(seed);
        int asLarge = 0;
        for (int draw = 0; draw < DRAWS; draw++) {
            double drawn = 0;
            for (int row = 0; row < rows; row++) {
                drawn += random.nextBoolean() ? differences[row] : -differences[row];
            }
            // Sums of the same terms in another order may differ in their last bits.
            if (Math.abs(drawn) >= Math.abs(sum) * (1 - 1e-12)) {
                asLarge++;
            }
        }
        return new PairedTest(
                first.candidate().label(),
                second.candidate().label(),
                numbers(first) ? "squared error" : "error rate",
                rows,
                rows == 0 ? 0 : sum / rows,
                (asLarge + 1.0) / (DRAWS + 1.0));
    }

    private static double[] losses(CandidateResult result) {
        double[] mean = {};
        for (CandidateResult.Run run : result.runs()) {
            double[] own = losses(lines(run));
            mean = mean.length == 0 ? new double[own.length] : mean;
            for (int row = 0; row < Math.min(mean.length, own.length); row++) {
                mean[row] += own[row] / result.runs().size();
            }
        }
        return mean;
    }

    private static double[] losses(List<JsonNode> lines) {
        return lines.stream()
                .mapToDouble(line -> {
                    JsonNode label = line.path("label");
                    JsonNode predicted = line.path("predicted");
                    double apart = label.asDouble() - predicted.asDouble();
                    return label.isNumber() ? apart * apart : label.equals(predicted) ? 0 : 1;
                })
                .toArray();
    }

    private static boolean numbers(CandidateResult result) {
        List<JsonNode> lines = lines(result.runs().getFirst());
        return !lines.isEmpty() && lines.getFirst().path("label").isNumber();
    }

    /** Of two domains the target's rows are compared, as for the scores. */
    private static List<JsonNode> lines(CandidateResult.Run run) {
        Path file = run.finish().published().folder().resolve(PredictionFiles.NAME);
        List<JsonNode> all = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                all.add(JSON.readTree(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " can't be read", e);
        }
        boolean target =
                all.stream().anyMatch(line -> line.path("domain").asText().equals("target"));
        return target
                ? all.stream()
                        .filter(line -> line.path("domain").asText().equals("target"))
                        .toList()
                : all;
    }
}
