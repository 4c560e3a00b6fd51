package io.tenfold.method.compare;

import io.tenfold.job.MetricNames;
import io.tenfold.method.compare.CompareConfig.Candidate;
import io.tenfold.train.Recipe;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a candidate did.
 *
 * @param metric that it is judged by
 * @param runs one for each seed
 * @param share of its steps that it was let make
 * @param finished whether it was let run to its end
 */
record CandidateResult(Candidate candidate, String metric, List<Run> runs, double share, boolean finished) {

    /**
     * One run.
     *
     * @param bytes of the artifact's own files
     */
    record Run(Runner runner, Recipe.Finish finish, double score, double seconds, long peakMemory, long bytes) {}

    /** The run whose artifact stands for the candidate. */
    Run bestRun(Comparator<Double> best) {
        return runs.stream().min(Comparator.comparing(Run::score, best)).orElseThrow();
    }

    double mean() {
        return runs.stream().mapToDouble(Run::score).average().orElse(Double.NaN);
    }

    /** The 95 % confidence interval of the mean over seeds (Student 1908), within what the metric can be; null of one run. */
    @Nullable
    List<Double> interval() {
        if (runs.size() < 2) {
            return null;
        }
        double mean = mean();
        double squares = runs.stream()
                .mapToDouble(run -> (run.score() - mean) * (run.score() - mean))
                .sum();
        double error = Math.sqrt(squares / (runs.size() - 1) / runs.size());
        double half = StudentT.quantile975(runs.size() - 1) * error;
        return List.of(
                Math.max(MetricNames.least(metric), mean - half), Math.min(MetricNames.most(metric), mean + half));
    }

    /** Seconds of a run, the mean over seeds. */
    double seconds() {
        return runs.stream().mapToDouble(Run::seconds).average().orElse(0);
    }

    long peakMemory() {
        return runs.stream().mapToLong(Run::peakMemory).max().orElse(0);
    }

    long trainable() {
        return runs.getFirst().finish().published().trainableParameters();
    }

    long bytes() {
        return runs.getFirst().bytes();
    }

    /** What the winner's rule may call its cost. */
    double cost(String what) {
        return switch (what) {
            case "trainable" -> trainable();
            case "artifact_bytes" -> bytes();
            default -> seconds();
        };
    }

    /** JSON has no number for what is not defined, such as the correlation of a constant. */
    static @Nullable Double defined(double value) {
        return Double.isFinite(value) ? value : null;
    }

    /** As the terminal event has it. */
    Map<String, @Nullable Object> metrics() {
        Map<String, @Nullable Object> metrics = new LinkedHashMap<>();
        metrics.put("name", candidate.label());
        metrics.put("method", candidate.name());
        metrics.put("scores", runs.stream().map(run -> defined(run.score())).toList());
        metrics.put("mean", defined(mean()));
        metrics.put("interval", Double.isNaN(mean()) ? null : interval());
        metrics.put("seconds", seconds());
        metrics.put("peak_memory_bytes", peakMemory());
        metrics.put("trainable", trainable());
        metrics.put("artifact_bytes", bytes());
        metrics.put("share_of_steps", share);
        return metrics;
    }
}
