package io.tenfold.method.multitask;

import io.tenfold.data.TokenizedSet;
import io.tenfold.job.MetricNames;
import io.tenfold.tensor.Backend;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Predictions;
import io.tenfold.train.Scored;
import io.tenfold.train.TaskRows;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Scores every task that has validation rows, and the mean of their usual metrics. */
final class MultitaskEvaluator implements Evaluator {

    private final Tasks tasks;
    private final MultitaskHooks hooks;
    private final int batchSize;
    private final Backend backend;

    MultitaskEvaluator(Tasks tasks, MultitaskHooks hooks, int batchSize, Backend backend) {
        this.tasks = tasks;
        this.hooks = hooks;
        this.batchSize = batchSize;
        this.backend = backend;
    }

    @Override
    public Scored score(LongConsumer between) {
        Map<String, Object> byTask = new LinkedHashMap<>();
        List<Scored.Rows> sets = new ArrayList<>();
        long done = 0;
        for (int task = 0; task < tasks.count(); task++) {
            TaskRows rows = tasks.rows().get(task);
            TokenizedSet validation = rows.validation();
            if (validation != null) {
                long before = done;
                Predictions predictions = Predictions.of(
                        tasks.forward(task), validation, batchSize, backend, own -> between.accept(before + own));
                done += validation.size();
                byTask.put(rows.name(), Scored.metrics(rows, predictions));
                sets.add(new Scored.Rows("task", rows, predictions));
            }
        }
        Map<String, @Nullable Object> metrics = new LinkedHashMap<>();
        metrics.put(MetricNames.MEAN, mean(byTask));
        metrics.put("tasks", byTask);
        metrics.putAll(hooks.told());
        return new Scored(metrics, sets);
    }

    /** The mean of the tasks' usual metrics; null where one is not defined, as the correlation with a constant. */
    private @Nullable Double mean(Map<String, Object> byTask) {
        double sum = 0;
        for (TaskRows rows : tasks.rows()) {
            if (byTask.get(rows.name()) instanceof Map<?, ?> own) {
                if (!(own.get(rows.usualMetric()) instanceof Number number)) {
                    return null;
                }
                sum += number.doubleValue();
            }
        }
        return sum / byTask.size();
    }
}
