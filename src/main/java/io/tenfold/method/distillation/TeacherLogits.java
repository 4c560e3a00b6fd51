package io.tenfold.method.distillation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.StepPlan;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The teacher's outputs for the training rows, each computed when it is first asked for and kept in memory: four bytes a row,
 * or counted word, and class. Rows are computed in the batches of the first epoch whenever that is, so that what a row's are does not depend
 * on the side of a resumption on which they are asked for.
 */
final class TeacherLogits {

    private final Forward teacher;
    private final TokenizedSet set;
    private final int[][] groups;
    private final int[] groupOf;
    private final float[] @Nullable [] kept;
    private final int classes;

    TeacherLogits(Forward teacher, Inputs inputs) {
        this.teacher = teacher;
        classes = inputs.task().head().outputs();
        set = inputs.training();
        groups = StepPlan.batches(set, inputs.options()).batches(0);
        groupOf = new int[set.size()];
        kept = new float[set.size()][];
        for (int group = 0; group < groups.length; group++) {
            for (int row : groups[group]) {
                groupOf[row] = group;
            }
        }
    }

    /** The outputs of rows as they are; of the tokens of a batch those of the words that are counted. */
    static NDArray counted(NDArray outputs, Batch batch) {
        return batch.set().tagged() ? Ops.rows(outputs, batch.wordPlaces()) : outputs;
    }

    /** For a batch of the training rows, in its scope: [rows, classes], or [counted words, classes]. */
    NDArray of(Batch batch) {
        int[] rows = batch.rows();
        FloatBuffer flat = FloatBuffer.allocate(
                Arrays.stream(rows).map(row -> of(row, batch.scope()).length).sum());
        for (int row : rows) {
            flat.put(of(row, batch.scope()));
        }
        return batch.scope().create(flat.array(), new Shape(flat.capacity() / classes, classes));
    }

    private float[] of(int row, NDManager parent) {
        float[] known = kept[row];
        if (known != null) {
            return known;
        }
        int[] group = groups[groupOf[row]];
        try (Recording _ = Recording.off();
                NDManager scope = parent.newSubManager()) {
            Batch batch = Batch.of(scope, set, group);
            float[] flat = counted(teacher.logits(batch, false), batch).toFloatArray();
            int from = 0;
            for (int member : group) {
                int to = from + Math.toIntExact(set.units(member)) * classes;
                kept[member] = Arrays.copyOfRange(flat, from, to);
                from = to;
            }
        }
        return Objects.requireNonNull(kept[row]);
    }
}
