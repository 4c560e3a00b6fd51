package io.tenfold.method.continual;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.StopCheck;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.Objective;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.Tuning;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Learning without forgetting (Li and Hoiem 2016, arXiv:1606.09282): what the earlier heads said of the new rows before the
 * task, they are to say of them after it. The loss is the new task's and {@code alpha} times the sum over the earlier heads
 * of KL(before || now) at a temperature, without the factor T², as in Avalanche; of a regression the squared difference; of a
 * language see {@link OldWords}.
 */
final class OldAnswers implements Objective {

    private final Heads heads;
    private final TaskRows task;
    private final List<TaskRows> earlier;
    private final ContinualConfig.Lwf options;
    private final Map<String, float[][]> answers;

    private OldAnswers(
            Heads heads,
            TaskRows task,
            List<TaskRows> earlier,
            ContinualConfig.Lwf options,
            Map<String, float[][]> answers) {
        this.heads = heads;
        this.task = task;
        this.earlier = earlier;
        this.options = options;
        this.answers = answers;
    }

    /** Asks the heads of the tasks before, while the network is as these left it. */
    static Tuning add(Tuning tuning, ContinualConfig.Lwf options, Standing standing, Inputs own) {
        List<TaskRows> earlier = standing.before(own.task().name());
        if (Standing.ofLanguage(standing.tasks())) {
            return OldWords.add(tuning, options, standing, own);
        }
        Heads heads = new Heads(tuning.network());
        return earlier.isEmpty()
                ? tuning
                : tuning.withObjective(new OldAnswers(heads, own.task(), earlier, options, ask(heads, earlier, own)));
    }

    private static Map<String, float[][]> ask(Heads heads, List<TaskRows> earlier, Inputs own) {
        TokenizedSet rows = own.training();
        Map<String, float[][]> answers = new LinkedHashMap<>();
        earlier.forEach(before -> answers.put(before.name(), new float[rows.size()][]));
        int batchSize = TrainingLoop.evalBatchSize(own.options());
        for (int[] some : BatchPlan.inFileOrder(rows.size(), batchSize).batches(0)) {
            StopCheck.ask();
            try (NDManager scope = own.backend().scope();
                    Recording _ = Recording.off()) {
                NDArray states = heads.states(Batch.of(scope, rows, some), false);
                answers.forEach((head, answer) -> {
                    float[] flat =
                            heads.network().headLogits(head, states, false).toFloatArray();
                    int width = flat.length / some.length;
                    for (int i = 0; i < some.length; i++) {
                        answer[some[i]] = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
                    }
                });
            }
        }
        return answers;
    }

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        NDArray states = heads.states(batch, training);
        NDArray loss = Objective.headLoss(heads.network().headLogits(task.name(), states, training), batch);
        for (TaskRows before : earlier) {
            NDArray now = heads.network().headLogits(before.name(), states, training);
            NDArray then = then(batch, before.name());
            loss = before.task().regression()
                    ? Ops.addScaled(loss, Ops.squaredErrorSum(now, then), options.alpha())
                    : Ops.addScaled(loss, Ops.softLabelSum(now, then, options.temperature(false)), softShare());
        }
        return loss;
    }

    /** Li and Hoiem's loss has not the factor temperature² (arXiv:1606.09282, eq. 2), which ours brings. */
    private double softShare() {
        double temperature = options.temperature(false);
        return options.alpha() / (temperature * temperature);
    }

    /** [rows, outputs] */
    private NDArray then(Batch batch, String head) {
        float[][] all = answers.get(head);
        if (all == null) {
            throw new IllegalStateException(head);
        }
        int[] rows = batch.rows();
        int width = all[rows[0]].length;
        float[] flat = new float[rows.length * width];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(all[rows[i]], 0, flat, i * width, width);
        }
        return batch.scope().create(flat, new Shape(rows.length, width));
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return rows.length;
    }
}
