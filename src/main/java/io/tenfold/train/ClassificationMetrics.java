package io.tenfold.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Scores of class predictions, as scikit-learn computes them; a class never predicted has precision 0. {@code f1},
 * {@code precision} and {@code recall} are those of class 1 where there are two classes, else means over classes (macro).
 */
public final class ClassificationMetrics {

    /** With more classes the matrix is left out: it would not fit into an event. */
    private static final int MOST_IN_MATRIX = 100;

    private final long[] actual;
    private final long[] predicted;
    private final long[] correct;
    private final long[][] confusion;

    /** Scores for {@code classes} classes. */
    public ClassificationMetrics(int classes) {
        actual = new long[classes];
        predicted = new long[classes];
        correct = new long[classes];
        int shown = classes <= MOST_IN_MATRIX ? classes : 0;
        confusion = new long[shown][shown];
    }

    /** Counts one row. */
    public void add(int label, int prediction) {
        actual[label]++;
        predicted[prediction]++;
        if (label == prediction) {
            correct[label]++;
        }
        if (confusion.length > 0) {
            confusion[label][prediction]++;
        }
    }

    /** The metrics by name; {@code confusion_matrix} has a row per true class and a column per predicted one. Left out above 100 classes. */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        boolean binary = actual.length == 2;
        double microF1 = ratio(sum(correct), sum(actual));
        double macroF1 = mean(this::f1);
        values.put("accuracy", ratio(sum(correct), sum(actual)));
        values.put("f1", binary ? f1(1) : macroF1);
        values.put("f1_macro", macroF1);
        values.put("f1_micro", microF1);
        values.put("precision", binary ? precision(1) : mean(this::precision));
        values.put("recall", binary ? recall(1) : mean(this::recall));
        values.put("matthews", matthews());
        if (confusion.length > 0) {
            values.put("confusion_matrix", rows());
        }
        return values;
    }

    private List<List<Long>> rows() {
        return IntStream.range(0, confusion.length)
                .mapToObj(i -> java.util.Arrays.stream(confusion[i]).boxed().toList())
                .toList();
    }

    private double precision(int c) {
        return ratio(correct[c], predicted[c]);
    }

    private double recall(int c) {
        return ratio(correct[c], actual[c]);
    }

    /** Of classes that are neither in the data nor predicted it is 0. */
    private double f1(int c) {
        return ratio(2 * correct[c], actual[c] + predicted[c]);
    }

    /** The correlation of Matthews 1975, for any number of classes (Gorodkin 2004); 0 where it is not defined. */
    private double matthews() {
        double n = (double) sum(actual);
        double covariance = (double) sum(correct) * n;
        double predictedSpread = n * n;
        double actualSpread = n * n;
        for (int c = 0; c < actual.length; c++) {
            double p = (double) predicted[c];
            double a = (double) actual[c];
            covariance -= p * a;
            predictedSpread -= p * p;
            actualSpread -= a * a;
        }
        double spread = predictedSpread * actualSpread;
        return spread == 0 ? 0 : covariance / Math.sqrt(spread);
    }

    private double mean(java.util.function.IntToDoubleFunction of) {
        // As scikit-learn: over the classes that occur, as label or as prediction.
        return IntStream.range(0, actual.length)
                .filter(c -> actual[c] + predicted[c] > 0)
                .mapToDouble(of)
                .average()
                .orElse(0);
    }

    private static long sum(long[] counts) {
        return java.util.Arrays.stream(counts).sum();
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / (double) whole;
    }
}
