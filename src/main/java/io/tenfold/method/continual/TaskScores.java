package io.tenfold.method.continual;

import io.tenfold.job.MetricNames;
import io.tenfold.model.Network;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.Predicted;
import io.tenfold.train.Scored;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingLoop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Scores tasks, each by the way to its own outputs. */
final class TaskScores {

    private final Inputs inputs;
    private final Function<TaskRows, Way> ways;

    /** What a task's outputs come from. */
    record Way(Network network, Forward forward) {}

    /** @param ways leads from a task to the way to its outputs */
    TaskScores(Inputs inputs, Function<TaskRows, Way> ways) {
        this.inputs = inputs;
        this.ways = ways;
    }

    /**
     * Scores the task that is being learnt, and all tasks when it has been.
     *
     * @param all those that are scored in the end
     * @param matrix of the tasks before
     */
    Evaluator learning(TaskRows current, List<TaskRows> all, AccuracyMatrix matrix) {
        return new Evaluator() {
            @Override
            public Scored score(LongConsumer between) {
                Scored scored = Scored.of(current, predictions(current, between));
                Map<String, Object> metrics = new LinkedHashMap<>(scored.metrics());
                metrics.put(MetricNames.MEAN, Standing.score(inputs, current, metrics));
                return new Scored(metrics, scored.sets());
            }

            @Override
            public Scored last(LongConsumer between) {
                return all(all, matrix, between);
            }
        };
    }

    /** Scores all tasks as the base does, with heads that are not trained. */
    Evaluator untrained(List<TaskRows> all) {
        return between -> all(all, null, between);
    }

    private Scored all(List<TaskRows> all, @Nullable AccuracyMatrix matrix, LongConsumer between) {
        Map<String, Object> byTask = new LinkedHashMap<>();
        Map<String, Double> scores = new LinkedHashMap<>();
        List<Scored.Rows> sets = new ArrayList<>();
        for (TaskRows task : all) {
            Predicted predictions = predictions(task, between);
            Map<String, Object> metrics = Scored.metrics(task, predictions);
            byTask.put(task.name(), metrics);
            scores.put(task.name(), Standing.score(inputs, task, metrics));
            sets.add(new Scored.Rows("task", task, predictions));
        }
        Map<String, Object> metrics = new LinkedHashMap<>();
        int learnt = matrix == null ? all.size() : matrix.rows().size() + 1;
        if (Standing.ofLanguage(all)) {
            metrics.putAll(means(byTask, all.subList(0, learnt)));
        }
        if (matrix != null) {
            metrics.putAll(matrix.then(scores).metrics());
        } else {
            metrics.put(
                    MetricNames.MEAN,
                    scores.values().stream().mapToDouble(x -> x).average().orElseThrow());
        }
        metrics.put(Standing.TASKS, byTask);
        return new Scored(metrics, sets);
    }

    /** The means over tasks, by the names that the request knows. */
    private static Map<String, Object> means(Map<String, Object> byTask, List<TaskRows> tasks) {
        Map<String, Object> means = new LinkedHashMap<>();
        for (String metric : MetricNames.OF_WORDS) {
            means.put(
                    metric,
                    tasks.stream()
                            .map(task -> (Map<?, ?>) Objects.requireNonNull(byTask.get(task.name())))
                            .mapToDouble(metrics ->
                                    metrics.get(metric) instanceof Number number ? number.doubleValue() : Double.NaN)
                            .average()
                            .orElseThrow());
        }
        return means;
    }

    private Predicted predictions(TaskRows task, LongConsumer between) {
        Way way = ways.apply(task);
        return Predicted.of(
                way.network(),
                way.forward(),
                Objects.requireNonNull(task.validation()),
                TrainingLoop.evalBatchSize(inputs.options()),
                inputs.backend(),
                between);
    }
}
