package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.tensor.Recording;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * The head's outputs for every row of a set, dropout off.
 *
 * @param logits [rows][outputs]
 * @param meanLoss over the rows
 * @param more what else the metrics are to say
 */
public record Predictions(float[][] logits, double meanLoss, Map<String, Object> more) {

    public Predictions {
        more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
    }

    public Predictions(float[][] logits, double meanLoss) {
        this(logits, meanLoss, Map.of());
    }

    /**
     * Runs a pass over a set.
     *
     * @param between called after every batch with the rows done so far; may throw to stop
     * @throws JobException out_of_resources when a batch is too large for the device's memory
     */
    public static Predictions of(
            Forward forward,
            TokenizedSet set,
            boolean regression,
            int batchSize,
            Backend backend,
            LongConsumer between) {
        float[][] logits = new float[set.size()][];
        double loss = 0;
        int done = 0;
        for (int[] rows : BatchPlan.inFileOrder(set.size(), batchSize).batches(0)) {
            try (Recording _ = Recording.off();
                    NDManager scope = backend.scope()) {
                Batch batch = Batch.of(scope, set, rows);
                NDArray outputs = forward.logits(batch, false);
                float[] flat = outputs.toFloatArray();
                int width = flat.length / rows.length;
                for (int i = 0; i < rows.length; i++) {
                    logits[rows[i]] = java.util.Arrays.copyOfRange(flat, i * width, (i + 1) * width);
                }
                loss += Objective.headLoss(outputs, batch, regression).getFloat();
                done += rows.length;
            } catch (OutOfDeviceMemoryException e) {
                throw new JobException(
                        ErrorCode.OUT_OF_RESOURCES,
                        "training.eval_batch_size",
                        "%s; %d rows at once do not fit in an evaluation; eval_batch_size %d gives the same numbers in less memory"
                                .formatted(e.getMessage(), rows.length, Math.max(1, batchSize / 2)),
                        e);
            }
            between.accept(done);
        }
        return new Predictions(logits, loss / set.size());
    }

    /** The class of a row: the first of the largest outputs. */
    public int predicted(int row) {
        int best = 0;
        for (int c = 1; c < logits[row].length; c++) {
            if (logits[row][c] > logits[row][best]) {
                best = c;
            }
        }
        return best;
    }

    /** The task's metrics against the set's labels, {@code loss}, and what else there is to say. */
    public Map<String, Object> metrics(TokenizedSet set, boolean regression) {
        Map<String, Object> values;
        if (regression) {
            double[] targets = new double[set.size()];
            double[] predicted = new double[set.size()];
            for (int row = 0; row < set.size(); row++) {
                targets[row] = set.score(row);
                predicted[row] = logits[row][0];
            }
            values = new LinkedHashMap<>(RegressionMetrics.values(targets, predicted));
        } else {
            ClassificationMetrics counted = new ClassificationMetrics(logits[0].length);
            for (int row = 0; row < set.size(); row++) {
                counted.add(set.label(row), predicted(row));
            }
            values = new LinkedHashMap<>(counted.values());
        }
        values.put("loss", meanLoss);
        values.putAll(more);
        return values;
    }
}
