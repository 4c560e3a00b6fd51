package io.tenfold.method.multitask;

import io.tenfold.data.TokenizedSet;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.train.Forward;
import io.tenfold.train.HeadObjective;
import io.tenfold.train.Objective;
import io.tenfold.train.TaskRows;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The tasks of a job by number, each with its rows, its way through the network and its loss. */
final class Tasks {

    private final List<TaskRows> rows;
    private final List<Forward> forwards;
    private final List<Objective> objectives;
    private final IdentityHashMap<TokenizedSet, Integer> numbers = new IdentityHashMap<>();

    Tasks(List<TaskRows> rows, Network network) {
        this.rows = rows;
        forwards = rows.stream()
                .<Forward>map(task -> (batch, training) -> network.logits(task.name(), batch.tokens(), training))
                .toList();
        objectives = forwards.stream().<Objective>map(HeadObjective::new).toList();
        for (int task = 0; task < rows.size(); task++) {
            numbers.put(training(rows.get(task)), task);
            TokenizedSet validation = rows.get(task).validation();
            if (validation != null) {
                numbers.put(validation, task);
            }
        }
    }

    /** The heads that a network needs for tasks, by the tasks' names. */
    static Map<String, HeadSpec> heads(List<TaskRows> rows) {
        Map<String, HeadSpec> heads = new LinkedHashMap<>();
        rows.forEach(task -> heads.put(task.name(), task.head()));
        return heads;
    }

    private static TokenizedSet training(TaskRows rows) {
        return Objects.requireNonNull(rows.training());
    }

    int count() {
        return rows.size();
    }

    List<TaskRows> rows() {
        return rows;
    }

    List<String> names() {
        return rows.stream().map(TaskRows::name).toList();
    }

    List<TokenizedSet> trainingSets() {
        return rows.stream().map(Tasks::training).toList();
    }

    /** The task that a set belongs to. */
    int of(TokenizedSet set) {
        return Objects.requireNonNull(numbers.get(set));
    }

    Forward forward(int task) {
        return forwards.get(task);
    }

    Objective objective(int task) {
        return objectives.get(task);
    }
}
