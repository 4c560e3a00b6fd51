package io.tenfold.method.distillation;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.method.distillation.Taps.Kind;
import io.tenfold.method.distillation.Taps.Looking;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.TokenRows;
import io.tenfold.train.Objective;
import java.util.Arrays;
import java.util.Objects;

/**
 * What the student makes small: {@code w hard + (1 - w) soft + weights * layers}. Hard is the task's own loss; soft is the
 * divergence from the teacher's softened outputs (Hinton et al. 2015, arXiv:1503.02531), of a regression the squared distance
 * from the teacher's number. A unit is a row, or a word that has a tag: what compares layers is a row's mean over its tokens,
 * times the row's units, so that neither batches nor lengths change what a unit counts.
 */
final class DistillationObjective implements Objective {

    private final DistillationConfig config;
    private final Student student;
    private final Teacher teacher;
    private final TeacherLogits kept;
    private final Lessons lessons;

    /** Who learns, with what is seen of it. */
    record Student(Network network, Taps taps, Projection projection) {}

    /**
     * @param kept the teacher's outputs, where nothing else of it is needed
     */
    DistillationObjective(
            DistillationConfig config, Student student, Teacher teacher, TeacherLogits kept, Lessons lessons) {
        this.config = config;
        this.student = student;
        this.teacher = teacher;
        this.kept = kept;
        this.lessons = lessons;
    }

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        TokenRows rows = batch.tokens();
        if (!lessons.any()) {
            return outputs(student.network.logits(rows, training), kept.of(batch), batch);
        }
        try (Looking taught = teacher.taps().during(batch.scope());
                Looking learned = student.taps.during(batch.scope())) {
            NDArray theirs = teacher.network().hidden(rows, false);
            NDArray own = student.network.hidden(rows, training);
            boolean everyToken = student.network.head().readsEveryToken();
            NDArray logits = student.network.headLogits("", everyToken ? own : Ops.rows(own, rows.first()), training);
            NDArray loss = outputs(logits, TeacherLogits.counted(teacher.logits(theirs, rows), batch), batch);
            NDArray shares = rows.shares(Arrays.stream(batch.rows())
                    .mapToLong(row -> batch.set().units(row))
                    .toArray());
            loss = withHidden(loss, shares, new Seen(learned, own), new Seen(taught, theirs));
            return withRelations(loss, shares, rows, learned, taught);
        }
    }

    /** What was seen of a model, and its last layer's states. */
    private record Seen(Looking layers, NDArray last) {

        /** A layer's output; of -1 the embeddings. */
        NDArray after(int layer, int ofLayers) {
            return layer == ofLayers - 1 ? last : layers.at(layer + 1, Kind.INPUT);
        }
    }

    /** @param taught the teacher's outputs for rows, or counted words */
    private NDArray outputs(NDArray logits, NDArray taught, Batch batch) {
        double hard = config.hardLabelWeight();
        NDArray labels = Objective.headLoss(logits, batch);
        if (hard == 1) {
            return labels;
        }
        NDArray own = TeacherLogits.counted(logits, batch);
        NDArray soft = student.network.head().regression()
                ? Ops.squaredErrorSum(own.reshape(-1), taught.reshape(-1))
                : Ops.softLabelSum(own, taught, config.temperature());
        // A double would make the one number, and all after it, float64.
        return Ops.addScaled(labels.mul((float) hard), soft, 1 - hard);
    }

    private NDArray withHidden(NDArray before, NDArray shares, Seen learned, Seen taught) {
        NDArray loss = before;
        if (lessons.hidden().isEmpty()) {
            return loss;
        }
        double weight = Objects.requireNonNull(config.hidden()).weight();
        for (LayerMap.Pair pair : lessons.hidden()) {
            NDArray own = student.projection.apply(
                    pair, learned.after(pair.student(), lessons.student().layers()));
            NDArray theirs = taught.after(pair.teacher(), lessons.teacher().layers());
            loss = Ops.addScaled(loss, Ops.tokenErrorSum(own, theirs, shares), weight);
        }
        return loss;
    }

    private NDArray withRelations(NDArray before, NDArray shares, TokenRows rows, Looking learned, Looking taught) {
        NDArray loss = before;
        int last = lessons.student().layers() - 1;
        Integer layer = lessons.attentionLayer();
        if (layer != null) {
            NDArray apart = Ops.relationSum(
                    learned.at(last, Kind.QUERY),
                    learned.at(last, Kind.KEY),
                    taught.at(layer, Kind.QUERY),
                    taught.at(layer, Kind.KEY),
                    shares,
                    rows,
                    lessons.teacher().heads());
            loss = Ops.addScaled(
                    loss, apart, Objects.requireNonNull(config.attention()).weight());
        }
        layer = lessons.relationLayer();
        if (layer != null) {
            NDArray own = learned.at(last, Kind.VALUE);
            NDArray theirs = taught.at(layer, Kind.VALUE);
            NDArray apart = Ops.relationSum(own, own, theirs, theirs, shares, rows, lessons.relationHeads());
            loss = Ops.addScaled(
                    loss, apart, Objects.requireNonNull(config.relation()).weight());
        }
        return loss;
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        return set.units(rows);
    }
}
