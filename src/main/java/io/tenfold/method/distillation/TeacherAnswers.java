package io.tenfold.method.distillation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.method.distillation.Taps.Looking;
import io.tenfold.method.distillation.Taps.Point;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import io.tenfold.train.Inputs;
import io.tenfold.train.SpillingMemory;
import io.tenfold.train.StepPlan;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the teacher says of the training rows, and what its layers make of them where the student's are compared with these:
 * computed when it is first asked for and kept. Outputs lie in memory, four bytes a row, or counted word, and class; layers
 * take four bytes a token and place of a layer, in memory and beyond {@link SpillingMemory#usualLimit} in a file. The teacher
 * runs in every step where its layers would take more than {@link SpillingMemory#MOST_KEPT}, and where rows are seen but once.
 * Rows are computed in the batches of the first epoch whenever that is, so that what a row's are does not depend on the side
 * of a resumption on which they are asked for.
 */
final class TeacherAnswers {

    private final Teacher teacher;
    private final List<Point> points;
    private final TokenizedSet set;
    private final int width;
    private final int classes;
    private final int[][] groups;
    private final int[] groupOf;
    private final float[] @Nullable [] outputs;

    /** By group and place. */
    private final MemorySegment[][] layers;

    private final long[] starts;
    private final @Nullable SpillingMemory memory;

    /** What is known of a batch: outputs of rows or counted words, and what was made at each place, [tokens, width]. */
    record Answers(NDArray outputs, Map<Point, NDArray> made) {

        /** What was made at a place that was wanted. */
        NDArray at(int layer, Taps.Kind kind) {
            return Objects.requireNonNull(made.get(new Point(layer, kind)), "nothing passed there");
        }
    }

    /**
     * @param inputs whose training rows are asked about
     * @param most bytes of what layers make that are kept
     * @param inMemory bytes of these in memory
     */
    TeacherAnswers(Teacher teacher, Lessons lessons, Inputs inputs, long most, long inMemory) {
        this.teacher = teacher;
        points = lessons.teacherPlaces();
        set = inputs.training();
        width = lessons.teacher().width();
        classes = inputs.task().head().outputs();
        groups = StepPlan.batches(set, inputs.options()).batches(0);
        groupOf = new int[set.size()];
        outputs = new float[set.size()][];
        layers = new MemorySegment[groups.length][points.size()];
        starts = new long[set.size()];
        long tokens = 0;
        for (int group = 0; group < groups.length; group++) {
            for (int row : groups[group]) {
                groupOf[row] = group;
                tokens += set.ids(row).length;
            }
        }
        long bytes = tokens * points.size() * width * Float.BYTES;
        StepPlan plan = StepPlan.of(set, inputs.options());
        boolean again = plan.totalSteps() > plan.stepsPerEpoch();
        memory = lessons.any() && again && bytes <= most
                ? new SpillingMemory(inMemory, bytes, inputs.workFolder())
                : null;
        if (memory != null) {
            teacher.network().closeWithIt(memory);
        }
    }

    /** The outputs of rows as they are; of the tokens of a batch those of the words that are counted. */
    static NDArray counted(NDArray outputs, Batch batch) {
        return batch.set().tagged() ? Ops.rows(outputs, batch.wordPlaces()) : outputs;
    }

    /** For a batch of the training rows, in its scope. */
    Answers of(Batch batch) {
        if (!points.isEmpty() && memory == null) {
            return asked(batch);
        }
        for (int row : batch.rows()) {
            if (outputs[row] == null) {
                ask(groupOf[row], batch.scope());
            }
        }
        Map<Point, NDArray> made = new HashMap<>();
        for (int i = 0; i < points.size(); i++) {
            made.put(points.get(i), kept(i, batch));
        }
        return new Answers(keptOutputs(batch), made);
    }

    private Answers asked(Batch batch) {
        TokenRows rows = batch.tokens();
        try (Recording _ = Recording.off();
                Looking looking = teacher.taps().during(batch.scope())) {
            if (points.isEmpty()) {
                return new Answers(counted(teacher.forward().logits(batch, false), batch), Map.of());
            }
            NDArray last = teacher.network().hidden(rows, false);
            Map<Point, NDArray> made = new HashMap<>();
            for (Point point : points) {
                boolean output = point.layer() == teacher.network().layers();
                made.put(point, output ? last : looking.at(point.layer(), point.kind()));
            }
            return new Answers(counted(teacher.logits(last, rows), batch), made);
        }
    }

    /** Asks about a group of rows and keeps what is said. */
    private void ask(int group, NDManager parent) {
        try (NDManager scope = parent.newSubManager()) {
            Batch batch = Batch.of(scope, set, groups[group]);
            Answers answers = asked(batch);
            float[] flat = answers.outputs().toFloatArray();
            long[] first = batch.tokens().first().toLongArray();
            if (memory != null) {
                for (int i = 0; i < points.size(); i++) {
                    Point point = points.get(i);
                    layers[group][i] =
                            memory.keep(answers.at(point.layer(), point.kind()).toByteBuffer());
                }
            }
            int from = 0;
            for (int i = 0; i < first.length; i++) {
                int row = groups[group][i];
                int to = from + Math.toIntExact(set.units(row)) * classes;
                starts[row] = first[i];
                outputs[row] = Arrays.copyOfRange(flat, from, to);
                from = to;
            }
        }
    }

    private NDArray keptOutputs(Batch batch) {
        float[][] all = Arrays.stream(batch.rows())
                .mapToObj(row -> Objects.requireNonNull(outputs[row]))
                .toArray(float[][]::new);
        FloatBuffer flat = FloatBuffer.allocate(
                Arrays.stream(all).mapToInt(row -> row.length).sum());
        for (float[] row : all) {
            flat.put(row);
        }
        return batch.scope().create(flat.array(), new Shape(flat.capacity() / classes, classes));
    }

    /** What was made at one of the places, in the order of the batch's tokens: [tokens, width]. */
    private NDArray kept(int place, Batch batch) {
        int tokens = batch.tokens().tokens();
        long vector = (long) width * Float.BYTES;
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(Math.toIntExact(tokens * vector)).order(ByteOrder.nativeOrder());
        MemorySegment into = MemorySegment.ofBuffer(bytes);
        long[] first = batch.tokens().first().toLongArray();
        for (int i = 0; i < first.length; i++) {
            int row = batch.rows()[i];
            MemorySegment group = layers[groupOf[row]][place];
            MemorySegment.copy(group, starts[row] * vector, into, first[i] * vector, set.ids(row).length * vector);
        }
        return batch.scope().create(bytes, new Shape(tokens, width), DataType.FLOAT32);
    }
}
