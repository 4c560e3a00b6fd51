package io.tenfold.method.distillation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.TokenRows;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A tuned model that is asked what it makes of rows: without dropout, without gradients. */
final class Teacher implements AutoCloseable {

    private final Network network;
    private final @Nullable BaseModel base;
    private final Taps taps;

    /** Of each of the job's classes the teacher's output. */
    private final int[] columns;

    private Teacher(Network network, @Nullable BaseModel base, Taps taps, int[] columns) {
        this.network = network;
        this.base = base;
        this.taps = taps;
        this.columns = columns;
    }

    /**
     * Opens a teacher for the job's task.
     *
     * @param taps that look at its layers
     * @throws JobException bad_model where it has no head, or one for other labels or another kind of task
     */
    static Teacher open(TeacherFiles files, Inputs inputs, ArtifactModels models, Taps taps) {
        Path baseFolder = files.base();
        BaseModel base =
                baseFolder == null ? null : files.named(() -> ArtifactModels.base(baseFolder, inputs.backend()));
        Network network = null;
        try {
            network = files.named(
                    () -> models.open(files.folder(), base, files.options().location(), taps, inputs.backend()));
            checkLengths(network, files, inputs);
            return new Teacher(network, base, taps, columns(network.head(), files, inputs));
        } catch (RuntimeException e) {
            close(network, base);
            throw e;
        }
    }

    private static void checkLengths(Network network, TeacherFiles files, Inputs inputs) {
        int room = network.maxPositions() - network.virtualTokens();
        if (inputs.options().maxLength() > room) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "training.max_length",
                    "training.max_length is %d, but the teacher %s has room for %d tokens; give at most that"
                            .formatted(
                                    inputs.options().maxLength(),
                                    files.options().location(),
                                    room));
        }
    }

    /** For each of the job's classes the number of the output of a teacher with this head; 0 alone for a number, none for words. */
    static int[] columns(HeadSpec head, TeacherFiles files, Inputs inputs) {
        List<String> labels = inputs.labels();
        String location = files.options().location();
        HeadSpec.Kind wanted = inputs.task().head().kind();
        if (head.kind() != wanted) {
            throw files.bad("the teacher %s %s, but task.type is %s; give a teacher of the same task"
                    .formatted(location, does(head), inputs.task().task().type().wire()));
        }
        if (head.vocabulary()) {
            return new int[0];
        }
        if (head.regression()) {
            return new int[] {0};
        }
        List<String> theirs = head.labels();
        // Nobody named them: they count as the task's.
        boolean unnamed = theirs.stream().allMatch(label -> label.matches("LABEL_\\d+"));
        if (theirs.size() != labels.size() || (!unnamed && !new HashSet<>(theirs).containsAll(labels))) {
            throw files.bad(
                    "the teacher %s has the labels %s, but the task has %s; give a teacher of the same labels, or name the teacher's as task.labels"
                            .formatted(location, String.join(", ", theirs), String.join(", ", labels)));
        }
        return IntStream.range(0, labels.size())
                .map(label -> unnamed ? label : theirs.indexOf(labels.get(label)))
                .toArray();
    }

    private static String does(HeadSpec head) {
        return switch (head.kind()) {
            case CLASSES -> "tells %d classes of rows apart".formatted(head.outputs());
            case NUMBER -> "predicts a number";
            case TOKENS -> "tags words";
            case VOCABULARY, VOCABULARY_OR_NEW -> "is a language model";
        };
    }

    Network network() {
        return network;
    }

    /** What looks at its layers. */
    Taps taps() {
        return taps;
    }

    /** The teacher's own way, in the order of the job's classes. */
    Forward forward() {
        return network.head().vocabulary()
                ? Forward.of(network)
                : (batch, _) -> ordered(network.logits(batch.tokens(), false), batch.tokens());
    }

    /**
     * What the head makes of the last layer's states, in the order of the job's classes.
     *
     * @param hidden [tokens, width]
     * @return [rows, classes], [rows, 1], or of tags [tokens, classes]
     */
    NDArray logits(NDArray hidden, TokenRows rows) {
        NDArray read = network.head().readsEveryToken() ? hidden : Ops.rows(hidden, network.read(rows));
        return ordered(network.headLogits("", read, false), rows);
    }

    private NDArray ordered(NDArray logits, TokenRows rows) {
        NDManager scope = rows.scope();
        float[] from = logits.toFloatArray();
        float[] ordered = new float[from.length];
        for (int i = 0; i < ordered.length; i++) {
            int row = i / columns.length;
            ordered[i] = from[row * columns.length + columns[i % columns.length]];
        }
        return scope.create(ordered, new Shape(ordered.length / columns.length, columns.length));
    }

    @Override
    public void close() {
        close(network, base);
    }

    private static void close(@Nullable Network network, @Nullable BaseModel base) {
        if (network != null) {
            network.close();
        }
        if (base != null) {
            base.close();
        }
    }
}
