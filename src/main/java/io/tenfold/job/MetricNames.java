package io.tenfold.job;

import java.util.List;

/** The metrics of each task; the first is the one that chooses the best checkpoint unless the request says otherwise. */
public final class MetricNames {

    private static final List<String> CLASSIFICATION =
            List.of("accuracy", "f1", "f1_macro", "f1_micro", "matthews", "precision", "recall", "loss");
    private static final List<String> REGRESSION = List.of("pearson", "spearman", "mse", "loss");
    /** Of how well words are foreseen, the usual one first. */
    public static final List<String> OF_WORDS = List.of("perplexity", "token_accuracy", "loss");

    private static final List<String> LANGUAGE =
            List.of("perplexity", "token_accuracy", "loss", "exact_match", "rouge_l", "bleu", "chrf");
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

    /** The share of rows whose written answer is their own. */
    public static final String EXACT_MATCH = "exact_match";

    /** How much of the words' order a written answer shares with the row's own. */
    public static final String ROUGE_L = "rouge_l";

    /** How many runs of words written answers share with the rows' own, 0 to 100. */
    public static final String BLEU = "bleu";

    /** How many runs of characters written answers share with the rows' own, 0 to 100. */
    public static final String CHRF = "chrf";

    /** Whether a metric is of answers that the model writes, so that it needs {@code training.generate}. */
    public static boolean ofWritten(String metric) {
        return List.of(EXACT_MATCH, ROUGE_L, BLEU, CHRF).contains(metric);
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
        if (lowerIsBetter(metric)) {
            return Double.POSITIVE_INFINITY;
        }
        return metric.equals(BLEU) || metric.equals(CHRF) ? 100 : 1;
    }

    /** Whether less is better. */
    public static boolean lowerIsBetter(String metric) {
        return metric.equals("mse") || metric.equals("loss") || metric.equals(PERPLEXITY);
    }
}
