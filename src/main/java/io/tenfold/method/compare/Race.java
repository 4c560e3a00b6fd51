package io.tenfold.method.compare;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The outcome of a race. */
final class Race {

    private final CompareConfig config;
    private final String metric;
    private final Comparator<Double> best;
    private final List<CandidateResult> ranked;
    private final CandidateResult winner;
    private final @Nullable PairedTest test;

    /** @param best better scores first */
    Race(CompareConfig config, String metric, Comparator<Double> best, List<CandidateResult> results, long seed) {
        this.config = config;
        this.metric = metric;
        this.best = best;
        ranked = results.stream()
                .sorted(Comparator.comparing((CandidateResult result) -> !result.finished())
                        .thenComparing(Comparator.comparing(CandidateResult::mean, best)))
                .toList();
        winner = config.rule().cheapest() ? cheapest(config.rule()) : ranked.getFirst();
        test = ranked.size() < 2 ? null : PairedTest.of(ranked.get(0), ranked.get(1), seed);
    }

    /** The one of the least cost among those that ran to the end and are within the margin of the best. */
    private CandidateResult cheapest(CompareConfig.Rule rule) {
        double top = ranked.getFirst().mean();
        return ranked.stream()
                .filter(CandidateResult::finished)
                .filter(result -> Math.abs(top - result.mean()) <= rule.margin())
                .min(Comparator.comparingDouble(result -> result.cost(rule.cost())))
                .orElse(ranked.getFirst());
    }

    CompareConfig config() {
        return config;
    }

    String metric() {
        return metric;
    }

    /** Better scores first. */
    Comparator<Double> best() {
        return best;
    }

    /** The best first. */
    List<CandidateResult> ranked() {
        return ranked;
    }

    CandidateResult winner() {
        return winner;
    }

    boolean won(CandidateResult result) {
        return result.candidate().label().equals(winner.candidate().label());
    }

    /** Of the best two; null where no predictions were kept. */
    @Nullable
    PairedTest test() {
        return test;
    }

    /** Why the winner is it, in a sentence. */
    String because() {
        if (!config.rule().cheapest()) {
            return "the best mean %s".formatted(metric);
        }
        return "the least %s among those within %s of the best mean %s"
                .formatted(
                        config.rule().cost().replace('_', ' '),
                        BigDecimal.valueOf(config.rule().margin())
                                .stripTrailingZeros()
                                .toPlainString(),
                        metric);
    }

    /** As the terminal event has them. */
    Map<String, Object> metrics() {
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("candidates", ranked.stream().map(CandidateResult::metrics).toList());
        Map<String, @Nullable Object> won = new LinkedHashMap<>();
        won.put("name", winner.candidate().label());
        won.put("metric", metric);
        won.put("mean", CandidateResult.defined(winner.mean()));
        won.put("rule", config.rule().cheapest() ? "cheapest_within" : "best");
        won.put("because", because());
        metrics.put("winner", won);
        if (test != null) {
            Map<String, Object> tested = new LinkedHashMap<>();
            tested.put("first", test.first());
            tested.put("second", test.second());
            tested.put("of", test.of());
            tested.put("rows", test.rows());
            tested.put("difference", test.difference());
            tested.put("p", test.p());
            metrics.put("paired_test", tested);
        }
        return metrics;
    }
}
