package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.Targets;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.tensor.Recording;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * The head's outputs for every row of a set, dropout off.
 *
 * @param logits [rows][outputs]; of tags [rows][counted words * outputs], one word after another
 * @param meanLoss over the rows, or counted words
 * @param more what else the metrics are to say
 */
public record Predictions(float[][] logits, double meanLoss, Map<String, Object> more) implements Predicted {

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
            Forward forward, TokenizedSet set, int batchSize, Backend backend, LongConsumer between) {
        float[][] logits = new float[set.size()][];
        double loss = 0;
        int done = 0;
        for (int[] rows : BatchPlan.inFileOrder(set.size(), batchSize).batches(0)) {
            try (Recording _ = Recording.off();
                    NDManager scope = backend.scope()) {
                Batch batch = Batch.of(scope, set, rows);
                NDArray outputs = forward.logits(batch, false);
                float[][] read = perRow(outputs, batch);
                for (int i = 0; i < rows.length; i++) {
                    logits[rows[i]] = read[i];
                }
                loss += Objective.headLoss(outputs, batch).getFloat();
                done += rows.length;
            } catch (OutOfDeviceMemoryException e) {
                throw OutOfMemory.inEvaluation(e, rows.length, batchSize);
            }
            between.accept(done);
        }
        long units = set.units(IntStream.range(0, set.size()).toArray());
        return new Predictions(logits, loss / Math.max(1, units));
    }

    /** The class of a row: the first of the largest outputs. */
    public int predicted(int row) {
        return largest(logits[row], 0, logits[row].length);
    }

    private static int largest(float[] values, int from, int to) {
        int best = from;
        for (int i = from + 1; i < to; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }

    /** The outputs of a batch, row by row: those of the row, or of its counted words where words have outputs. */
    static float[][] perRow(NDArray outputs, Batch batch) {
        int[] counts = new int[batch.size()];
        boolean tagged = batch.set().tagged();
        for (int i = 0; i < counts.length; i++) {
            counts[i] = tagged ? batch.set().words(batch.rows()[i]).counted() : 1;
        }
        float[] flat = (tagged ? Ops.rows(outputs, batch.wordPlaces()) : outputs).toFloatArray();
        int width = Math.toIntExact(outputs.getShape().getLastDimension());
        float[][] rows = new float[counts.length][];
        int from = 0;
        for (int i = 0; i < counts.length; i++) {
            rows[i] = Arrays.copyOfRange(flat, from, from + counts[i] * width);
            from += counts[i] * width;
        }
        return rows;
    }

    /** The tag of each counted word of a row: the first of the largest outputs. */
    public int[] predictedTags(TokenizedSet set, int row) {
        int words = set.words(row).counted();
        int width = words == 0 ? 0 : logits[row].length / words;
        return IntStream.range(0, words)
                .map(word -> largest(logits[row], word * width, (word + 1) * width) - word * width)
                .toArray();
    }

    /** The metrics of the set's targets against its labels, {@code loss}, and what else there is to say. */
    @Override
    public Map<String, Object> metrics(TokenizedSet set) {
        Map<String, Object> values =
                switch (set.targets()) {
                    case Targets.Classes(List<String> names) -> ofClasses(set, names.size());
                    case Targets.Numbers _ -> ofNumbers(set);
                    case Targets.Tags(List<String> names) -> ofTags(set, names);
                    case Targets.Language _, Targets.Preference _ ->
                        throw new IllegalArgumentException("a head for labels does not learn a language");
                    case Targets.None _ -> throw new IllegalArgumentException("rows without labels have no metrics");
                };
        values.put("loss", meanLoss);
        values.putAll(more);
        return values;
    }

    private Map<String, Object> ofClasses(TokenizedSet set, int classes) {
        ClassificationMetrics counted = new ClassificationMetrics(classes);
        for (int row = 0; row < set.size(); row++) {
            counted.add(set.label(row), predicted(row));
        }
        return new LinkedHashMap<>(counted.values());
    }

    private Map<String, Object> ofNumbers(TokenizedSet set) {
        double[] targets = new double[set.size()];
        double[] predicted = new double[set.size()];
        for (int row = 0; row < set.size(); row++) {
            targets[row] = set.score(row);
            predicted[row] = logits[row][0];
        }
        return new LinkedHashMap<>(RegressionMetrics.values(targets, predicted));
    }

    private Map<String, Object> ofTags(TokenizedSet set, List<String> names) {
        TagMetrics counted = new TagMetrics(names);
        for (int row = 0; row < set.size(); row++) {
            counted.add(set.words(row).countedTags(), predictedTags(set, row));
        }
        return new LinkedHashMap<>(counted.values());
    }
}
