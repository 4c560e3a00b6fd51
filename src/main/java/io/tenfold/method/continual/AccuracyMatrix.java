package io.tenfold.method.continual;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Each task's score after each task (Lopez-Paz and Ranzato 2017, arXiv:1706.08840, 3): its usual metric on its validation
 * rows.
 *
 * @param tasks all of them, in the order in which they are learnt
 * @param rows after the first task, after the second and so on: scores by task, as far as they were taken
 * @param untrained by task: the base model's score with the head that the task began with, as far as it was taken
 * @param lowerIsBetter whether less is better, as of a perplexity: a score that rises is then one that is forgotten
 */
record AccuracyMatrix(
        List<String> tasks, List<Map<String, Double>> rows, Map<String, Double> untrained, boolean lowerIsBetter) {

    AccuracyMatrix {
        tasks = List.copyOf(tasks);
        rows = List.copyOf(rows);
        untrained = Map.copyOf(untrained);
    }

    /** Of scores of which more is better. */
    AccuracyMatrix(List<String> tasks, List<Map<String, Double>> rows, Map<String, Double> untrained) {
        this(tasks, rows, untrained, false);
    }

    /** The same with the scores after the next task. */
    AccuracyMatrix then(Map<String, Double> row) {
        List<Map<String, Double>> more = new ArrayList<>(rows);
        more.add(row);
        return new AccuracyMatrix(tasks, more, untrained, lowerIsBetter);
    }

    /** What events and files tell; at least one task was learnt. */
    Map<String, Object> metrics() {
        Map<String, Object> metrics = new LinkedHashMap<>();
        int last = rows.size() - 1;
        double average = mean(last + 1, task -> score(last, task));
        metrics.put("mean", average);
        metrics.put("average_accuracy", average);
        if (last > 0) {
            metrics.put("backward_transfer", mean(last, task -> gain(score(task, task), score(last, task))));
            metrics.put("forgetting", mean(last, this::forgotten));
        }
        forwardTransfer(last, metrics);
        Map<String, Object> byTask = new LinkedHashMap<>();
        for (int task = 0; task < last; task++) {
            byTask.put(tasks.get(task), forgotten(task));
        }
        metrics.put("forgetting_by_task", byTask);
        metrics.put("accuracy_matrix", table());
        return metrics;
    }

    /** The mean over tasks of the score just before a task is learnt, less the untrained one (eq. 4). */
    private void forwardTransfer(int last, Map<String, Object> metrics) {
        List<Double> gains = new ArrayList<>();
        for (int task = 1; task <= last; task++) {
            Double before = rows.get(task - 1).get(tasks.get(task));
            Double untouched = untrained.get(tasks.get(task));
            if (before != null && untouched != null) {
                gains.add(gain(untouched, before));
            }
        }
        if (!gains.isEmpty()) {
            metrics.put(
                    "forward_transfer",
                    gains.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
        }
    }

    /** How much better the second score is than the first. */
    private double gain(double from, double to) {
        return lowerIsBetter ? from - to : to - from;
    }

    /**
     * The best score since the task was learnt, less the last (Chaudhry et al. 2018, arXiv:1801.10112, eq. 3); not a number
     * where the last, or every earlier one, can't be told.
     */
    private double forgotten(int task) {
        int last = rows.size() - 1;
        double[] scores = IntStream.range(task, last)
                .mapToDouble(row -> score(row, task))
                .filter(score -> !Double.isNaN(score))
                .toArray();
        OptionalDouble best = lowerIsBetter
                ? Arrays.stream(scores).min()
                : Arrays.stream(scores).max();
        return gain(score(last, task), best.orElse(Double.NaN));
    }

    private static double mean(int count, IntToDoubleFunction of) {
        return IntStream.range(0, count).mapToDouble(of).average().orElseThrow();
    }

    /** Not a number where it was not taken, or can't be told, such as the correlation of a constant. */
    private double score(int row, int task) {
        return rows.get(row).getOrDefault(tasks.get(task), Double.NaN);
    }

    /** Row: after the task of this number; column: on the task of this number; null: not scored. */
    List<List<@Nullable Double>> table() {
        List<List<@Nullable Double>> table = new ArrayList<>();
        for (Map<String, Double> row : rows) {
            List<@Nullable Double> line = new ArrayList<>();
            tasks.forEach(task -> line.add(row.get(task)));
            table.add(line);
        }
        return table;
    }
}
