package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.WordDistillation;
import io.tenfold.tensor.WordDistillation.Taught;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the teacher says of the trained tokens: its most probable words, or, where all count, its last states, from which its
 * output layer makes all. Computed when it is first asked for and kept: in memory, beyond that in a file, in the batches of
 * the first epoch; asked again in every step where that would be too much, and where rows are seen but once.
 */
public final class TeacherWords {

    /** Words that hold nearly all that a tuned model says of a token, in half a kilobyte. */
    public static final int USUAL_TOP = 64;

    private final Network teacher;
    private final Parameter words;
    private final WordDistillation loss;

    /** How many words are told apart; 0: all. */
    private final int top;

    private final List<Column> columns;
    private final TokenizedSet set;
    private final int[][] groups;
    private final int[] groupOf;

    /** In its group, the first of a row's tokens. */
    private final long[] starts;

    /** By group and column. */
    private final MemorySegment[][] kept;

    private final @Nullable SpillingMemory memory;

    /** What is kept of a token. */
    private record Column(DataType type, int width) {
        long bytes() {
            return (long) type.getNumOfBytes() * width;
        }
    }

    /**
     * Keeps as much as is usual.
     *
     * @param topK words that are told apart; 0, or as many as there are: all
     * @param inputs whose training rows are asked about
     */
    public TeacherWords(Network teacher, WordDistillation loss, int topK, Inputs inputs) {
        this(teacher, loss, topK, inputs, SpillingMemory.MOST_KEPT, SpillingMemory.usualLimit());
    }

    /**
     * @param topK words that are told apart; 0, or as many as there are: all
     * @param inputs whose training rows are asked about
     * @param most bytes that are kept
     * @param inMemory bytes of these in memory
     */
    TeacherWords(Network teacher, WordDistillation loss, int topK, Inputs inputs, long most, long inMemory) {
        this.teacher = teacher;
        this.loss = loss;
        words = teacher.vocabularyWeight();
        top = topK < words.shape().get(0) ? topK : 0;
        columns = top == 0
                ? List.of(new Column(DataType.FLOAT32, teacher.hiddenSize()))
                : List.of(new Column(DataType.INT32, top), new Column(DataType.FLOAT32, top + 1));
        set = inputs.training();
        groups = StepPlan.batches(set, inputs.options()).batches(0);
        groupOf = new int[set.size()];
        starts = new long[set.size()];
        kept = new MemorySegment[groups.length][];
        long tokens = 0;
        for (int group = 0; group < groups.length; group++) {
            for (int row : groups[group]) {
                groupOf[row] = group;
                tokens += set.trained(row);
            }
        }
        long bytes = tokens * columns.stream().mapToLong(Column::bytes).sum();
        StepPlan plan = StepPlan.of(set, inputs.options());
        boolean again = plan.totalSteps() > plan.stepsPerEpoch();
        memory = again && bytes <= most ? new SpillingMemory(inMemory, bytes, inputs.workFolder()) : null;
        if (memory != null) {
            teacher.closeWithIt(memory);
        }
    }

    /** For the trained tokens of a batch of the training rows, a row's and then the next row's, in its scope. */
    public Taught of(Batch batch) {
        SpillingMemory keeping = memory;
        if (keeping == null) {
            return taught(asked(batch));
        }
        for (int row : batch.rows()) {
            if (kept[groupOf[row]] == null) {
                keep(groupOf[row], keeping, batch.scope());
            }
        }
        List<NDArray> found = new ArrayList<>();
        for (int column = 0; column < columns.size(); column++) {
            found.add(found(column, batch));
        }
        return taught(found);
    }

    private Taught taught(List<NDArray> made) {
        return top == 0 ? new Taught.Every(made.getFirst(), words) : new Taught.Top(made.getFirst(), made.getLast());
    }

    /** An array for each column. */
    private List<NDArray> asked(Batch batch) {
        try (Recording _ = Recording.off()) {
            NDArray states = teacher.wordStates(batch.tokens(), batch.sayingPlaces(), false);
            if (top == 0) {
                return List.of(states);
            }
            Taught.Top best = loss.top(states, words, top, WordDistillation.chunk(words));
            return List.of(best.ids(), best.logProbabilities());
        }
    }

    private void keep(int group, SpillingMemory keeping, NDManager parent) {
        try (NDManager scope = parent.newSubManager()) {
            List<NDArray> made = asked(Batch.of(scope, set, groups[group]));
            kept[group] = made.stream()
                    .map(array -> keeping.keep(array.toByteBuffer()))
                    .toArray(MemorySegment[]::new);
        }
        long token = 0;
        for (int row : groups[group]) {
            starts[row] = token;
            token += set.trained(row);
        }
    }

    private NDArray found(int column, Batch batch) {
        Column kind = columns.get(column);
        long tokens = set.units(batch.rows());
        ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(tokens * kind.bytes()))
                .order(ByteOrder.nativeOrder());
        MemorySegment into = MemorySegment.ofBuffer(bytes);
        long at = 0;
        for (int row : batch.rows()) {
            long size = set.trained(row) * kind.bytes();
            MemorySegment.copy(kept[groupOf[row]][column], starts[row] * kind.bytes(), into, at, size);
            at += size;
        }
        return batch.scope().create(bytes, new Shape(tokens, kind.width()), kind.type());
    }
}
