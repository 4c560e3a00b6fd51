package io.tenfold.method.continual;

import io.tenfold.job.MetricNames;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.Predictions;
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
    private final Function<TaskRows, Forward> forwards;

    /** @param forwards leads from a task to the way to its outputs */
    TaskScores(Inputs inputs, Function<TaskRows, Forward> forwards) {
        this.inputs = inputs;
        this.forwards = forwards;
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
                metrics.put(MetricNames.MEAN, Standing.score(current, metrics));
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
            Predictions predictions = predictions(task, between);
            Map<String, Object> metrics = Scored.metrics(task, predictions);
            byTask.put(task.name(), metrics);
            scores.put(task.name(), Standing.score(task, metrics));
            sets.add(new Scored.Rows("task", task, predictions));
        }
        Map<String, Object> metrics = new LinkedHashMap<>();
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

    private Predictions predictions(TaskRows task, LongConsumer between) {
        return Predictions.of(
                forwards.apply(task),
                Objects.requireNonNull(task.validation()),
                TrainingLoop.evalBatchSize(inputs.options()),
                inputs.backend(),
                between);
    }
}
