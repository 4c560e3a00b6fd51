package io.tenfold.job;

import java.util.List;

/** The metrics of each task; the first is the one that chooses the best checkpoint unless the request says otherwise. */
public final class MetricNames {

    private static final List<String> CLASSIFICATION =
            List.of("accuracy", "f1", "f1_macro", "f1_micro", "matthews", "precision", "recall", "loss");
    private static final List<String> REGRESSION = List.of("pearson", "spearman", "mse", "loss");
    private static final List<String> LANGUAGE = List.of("perplexity", "token_accuracy", "loss");
    private static final List<String> PREFERENCES = List.of("accuracy", "loss");
    private static final List<String> TAGS = List.of("f1", "precision", "recall", "accuracy", "loss");

    /** The only metric of several tasks: the mean of each one's usual score. */
    public static final String MEAN = "mean";

    /** The exponential of the mean loss of words, in texts that a language is learnt from. */
    public static final String PERPLEXITY = "perplexity";

    private MetricNames() {}

    /** The names of a task's metrics, its usual score first. */
    public static List<String> of(FineTuneRequest.TaskType task) {
        return switch (task) {
            case SEQUENCE_CLASSIFICATION -> CLASSIFICATION;
            case REGRESSION -> REGRESSION;
            case TOKEN_CLASSIFICATION -> TAGS;
            case CAUSAL_LM -> LANGUAGE;
            case PREFERENCE -> PREFERENCES;
        };
    }

    /** The least that a metric can be. */
    public static double least(String metric) {
        return switch (metric) {
            case "matthews", "pearson", "spearman", MEAN -> -1;
            default -> 0;
        };
    }

    /** The most that a metric can be. */
    public static double most(String metric) {
        return lowerIsBetter(metric) ? Double.POSITIVE_INFINITY : 1;
    }

    /** Whether less is better. */
    public static boolean lowerIsBetter(String metric) {
        return metric.equals("mse") || metric.equals("loss") || metric.equals(PERPLEXITY);
    }
}
