package io.tenfold.train;

import java.util.List;
import java.util.Map;

/**
 * The validation rows scored with the weights as they are.
 *
 * @param metrics as events and artifact tell them
 * @param sets the rows with what was predicted of them
 */
public record Scored(Map<String, Object> metrics, List<Rows> sets) {

    /**
     * Rows and what was predicted of them.
     *
     * @param field what the name of the rows stands for, such as {@code task}; empty where there is nothing to tell apart
     */
    public record Rows(String field, TaskRows rows, Predicted predicted) {}

    /** The rows of an only task. */
    public static Scored of(TaskRows rows, Predicted predicted) {
        return new Scored(metrics(rows, predicted), List.of(new Rows("", rows, predicted)));
    }

    /** A task's metrics on its validation rows. */
    public static Map<String, Object> metrics(TaskRows rows, Predicted predicted) {
        return predicted.metrics(java.util.Objects.requireNonNull(rows.validation()));
    }

    /**
     * The number by which weights are chosen and gates and races judge.
     *
     * @return not a number where the metric is not there, or not defined
     */
    public static double score(Map<String, Object> metrics, String metric) {
        return chosen(metrics).get(metric) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /** Of two domains the target's, where it is scored. */
    private static Map<?, ?> chosen(Map<String, Object> metrics) {
        for (String domain : List.of("target", "source")) {
            if (metrics.get(domain) instanceof Map<?, ?> own) {
                return own;
            }
        }
        return metrics;
    }
}
