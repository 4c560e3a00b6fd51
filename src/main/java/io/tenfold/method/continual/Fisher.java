package io.tenfold.method.continual;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.StopCheck;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Gradients;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.Objective;
import io.tenfold.train.TaskRows;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The diagonal of the empirical Fisher information: the mean over rows of the squared gradients of each row's own loss, by
 * its true label, dropout off. Avalanche's with batches of one row; larger batches square a mean, which is less. The loss of
 * a row of words is the mean over those that are counted.
 */
final class Fisher {

    private Fisher() {}

    /**
     * Estimates it on the task's training rows.
     *
     * @param folder the model as the task left it, with its heads
     * @param most rows, drawn by the seed where there are more
     * @param scope of the arrays that are given
     * @return by shared parameter, of its shape
     */
    static Map<String, NDArray> of(Path folder, Inputs own, int most, NDManager scope) {
        TaskRows task = own.task();
        TokenizedSet rows = own.training();
        int count = Math.min(most, rows.size());
        BatchPlan order = new BatchPlan(rows.size(), 1, own.options().seed(), count < rows.size());
        // Dropout belongs to a network once it is built.
        try (Network network = Models.load(
                folder,
                own.heads().isEmpty() ? Map.of("", task.head()) : own.heads(),
                ModelHooks.NONE,
                own.backend(),
                new LoadOptions(own.options().seed(), 0.0))) {
            Heads heads = new Heads(network);
            heads.read(folder, own.backend());
            Parameters shared = Heads.shared(network.parameters()).trainable(true);
            Map<String, NDArray> fisher = new LinkedHashMap<>();
            shared.forEach(parameter -> fisher.put(parameter.name(), scope.zeros(parameter.shape(), DataType.FLOAT32)));
            Objective objective = heads.objective(task);
            for (int i = 0; i < count; i++) {
                StopCheck.ask();
                backward(objective, rows, order.batch(i), own);
                for (Parameter parameter : shared) {
                    NDArray gradient = parameter.gradient();
                    NDArray sum = fisher.get(parameter.name());
                    if (gradient != null && sum != null) {
                        Ops.addSquare(sum, gradient, 1.0 / count);
                    }
                }
                Gradients.drop(shared);
            }
            return fisher;
        }
    }

    private static void backward(Objective objective, TokenizedSet rows, int[] row, Inputs own) {
        try (NDManager scope = own.backend().scope();
                Recording recording = Recording.on()) {
            long units = Math.max(1, objective.units(rows, row));
            recording.backward(
                    objective.lossSum(Batch.of(scope, rows, row), true).div(units));
        }
    }
}
