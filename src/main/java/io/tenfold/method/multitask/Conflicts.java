package io.tenfold.method.multitask;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How often the gradients of each pair of tasks have pointed against one another. */
final class Conflicts {

    private final int tasks;
    private final double[] conflicts;
    private final double[] cosines;
    private double steps;

    Conflicts(int tasks) {
        this.tasks = tasks;
        conflicts = new double[tasks * tasks];
        cosines = new double[tasks * tasks];
    }

    /** @param products [tasks][tasks], the inner products of a step's gradients */
    void add(double[][] products) {
        steps++;
        for (int i = 0; i < tasks; i++) {
            for (int j = i + 1; j < tasks; j++) {
                conflicts[i * tasks + j] += products[i][j] < 0 ? 1 : 0;
                double norms = Math.sqrt(products[i][i]) * Math.sqrt(products[j][j]);
                cosines[i * tasks + j] += norms > 0 ? products[i][j] / norms : 0;
            }
        }
    }

    /** For each pair the share of steps in which they conflicted, and the mean cosine. */
    List<Map<String, Object>> told(List<String> names) {
        List<Map<String, Object>> told = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            for (int j = i + 1; j < tasks; j++) {
                told.add(Map.of(
                        "tasks", List.of(names.get(i), names.get(j)),
                        "share", conflicts[i * tasks + j] / Math.max(1, steps),
                        "cosine", cosines[i * tasks + j] / Math.max(1, steps)));
            }
        }
        return told;
    }

    double[] state() {
        double[] state = new double[2 * tasks * tasks + 1];
        System.arraycopy(conflicts, 0, state, 0, tasks * tasks);
        System.arraycopy(cosines, 0, state, tasks * tasks, tasks * tasks);
        state[2 * tasks * tasks] = steps;
        return state;
    }

    void restore(double[] state) {
        System.arraycopy(state, 0, conflicts, 0, tasks * tasks);
        System.arraycopy(state, tasks * tasks, cosines, 0, tasks * tasks);
        steps = state[2 * tasks * tasks];
    }
}
