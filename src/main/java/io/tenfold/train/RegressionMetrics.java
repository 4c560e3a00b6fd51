package io.tenfold.train;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Scores of predicted numbers, as SciPy computes them. A correlation with a constant is not defined: null. */
public final class RegressionMetrics {

    private RegressionMetrics() {}

    /** The metrics by name; both arrays have one number a row. */
    public static Map<String, @Nullable Object> values(double[] targets, double[] predicted) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        values.put("pearson", defined(pearson(targets, predicted)));
        values.put("spearman", defined(pearson(ranks(targets), ranks(predicted))));
        values.put("mse", mse(targets, predicted));
        return values;
    }

    private static @Nullable Double defined(double value) {
        return Double.isNaN(value) ? null : value;
    }

    private static double mse(double[] a, double[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i]))
                .average()
                .orElse(Double.NaN);
    }

    private static double pearson(double[] a, double[] b) {
        double meanA = Arrays.stream(a).average().orElse(0);
        double meanB = Arrays.stream(b).average().orElse(0);
        double both = 0;
        double spreadA = 0;
        double spreadB = 0;
        for (int i = 0; i < a.length; i++) {
            double x = a[i] - meanA;
            double y = b[i] - meanB;
            both += x * y;
            spreadA += x * x;
            spreadB += y * y;
        }
        double spread = Math.sqrt(spreadA) * Math.sqrt(spreadB);
        return spread == 0 ? Double.NaN : Math.clamp(both / spread, -1.0, 1.0);
    }

    /** Ranks from 1; equal numbers share the mean of theirs. */
    private static double[] ranks(double[] values) {
        Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
        double[] ranks = new double[values.length];
        for (int from = 0; from < order.length; ) {
            int to = from + 1;
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + to + 1) / 2.0;
            }
            from = to;
        }
        return ranks;
    }
}
