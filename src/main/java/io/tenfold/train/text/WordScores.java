package io.tenfold.train.text;

import io.tenfold.job.MetricNames;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How well a language model foresees single tokens: sums over those that were asked about, so that batches and parts can be
 * added up.
 *
 * @param lossSum their cross-entropies' sum, in nats
 * @param tokens how many there are
 * @param hits how many of them the model thought the most probable
 */
public record WordScores(double lossSum, long tokens, long hits) {

    /** Of no token. */
    public static final WordScores NONE = new WordScores(0, 0, 0);

    /** Of these tokens and of others. */
    public WordScores plus(WordScores other) {
        return new WordScores(lossSum + other.lossSum, tokens + other.tokens, hits + other.hits);
    }

    /**
     * The mean cross-entropy of a token, in nats.
     *
     * @throws IllegalStateException where there is no token
     */
    public double loss() {
        return lossSum / some();
    }

    /**
     * The exponential of the loss: among how many equally probable tokens the model seems to choose.
     *
     * @throws IllegalStateException where there is no token
     */
    public double perplexity() {
        return Math.exp(loss());
    }

    /**
     * The share of tokens that the model thought the most probable, from 0 to 1.
     *
     * @throws IllegalStateException where there is no token
     */
    public double tokenAccuracy() {
        return (double) hits / some();
    }

    /** {@code perplexity}, {@code token_accuracy} and {@code loss}, as events tell them; errors as {@link #loss}. */
    public Map<String, Object> metrics() {
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put(MetricNames.PERPLEXITY, perplexity());
        metrics.put("token_accuracy", tokenAccuracy());
        metrics.put("loss", loss());
        return metrics;
    }

    private long some() {
        if (tokens == 0) {
            throw new IllegalStateException("no token was asked about");
        }
        return tokens;
    }
}
