package io.tenfold.method.distillation;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.method.distillation.Taps.Kind;
import io.tenfold.method.distillation.Taps.Looking;
import io.tenfold.method.distillation.TeacherAnswers.Answers;
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
    private final double temperature;
    private final Student student;
    private final TeacherAnswers teacher;
    private final Lessons lessons;

    /** Who learns, with what is seen of it. */
    record Student(Network network, Taps taps, Projection projection) {}

    DistillationObjective(DistillationConfig config, Student student, TeacherAnswers teacher, Lessons lessons) {
        this.config = config;
        temperature = config.temperature(false);
        this.student = student;
        this.teacher = teacher;
        this.lessons = lessons;
    }

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        TokenRows rows = batch.tokens();
        Answers taught = teacher.of(batch);
        if (!lessons.any()) {
            return outputs(student.network.logits(rows, training), taught.outputs(), batch);
        }
        try (Looking learned = student.taps.during(batch.scope())) {
            NDArray own = student.network.hidden(rows, training);
            boolean everyToken = student.network.head().readsEveryToken();
            NDArray logits = student.network.headLogits(
                    "", everyToken ? own : Ops.rows(own, student.network.read(rows)), training);
            NDArray loss = outputs(logits, taught.outputs(), batch);
            NDArray shares = rows.shares(Arrays.stream(batch.rows())
                    .mapToLong(row -> batch.set().units(row))
                    .toArray());
            loss = withHidden(loss, shares, learned, own, taught);
            return withRelations(loss, shares, rows, learned, taught);
        }
    }

    /** @param taught the teacher's outputs for rows, or counted words */
    private NDArray outputs(NDArray logits, NDArray taught, Batch batch) {
        double hard = config.hardLabelWeight();
        NDArray labels = Objective.headLoss(logits, batch);
        if (hard == 1) {
            return labels;
        }
        NDArray own = TeacherAnswers.counted(logits, batch);
        NDArray soft = student.network.head().regression()
                ? Ops.squaredErrorSum(own.reshape(-1), taught.reshape(-1))
                : Ops.softLabelSum(own, taught, temperature);
        // A double would make the one number, and all after it, float64.
        return Ops.addScaled(labels.mul((float) hard), soft, 1 - hard);
    }

    /** @param last the student's last layer's states, which no layer has as an input */
    private NDArray withHidden(NDArray before, NDArray shares, Looking learned, NDArray last, Answers taught) {
        NDArray loss = before;
        if (lessons.hidden().isEmpty()) {
            return loss;
        }
        double weight = Objects.requireNonNull(config.hidden()).weight();
        for (LayerMap.Pair pair : lessons.hidden()) {
            boolean ofLast = pair.student() == lessons.student().layers() - 1;
            NDArray own = student.projection.apply(pair, ofLast ? last : learned.at(pair.student() + 1, Kind.INPUT));
            NDArray theirs = taught.at(pair.teacher() + 1, Kind.INPUT);
            loss = Ops.addScaled(loss, Ops.tokenErrorSum(own, theirs, shares), weight);
        }
        return loss;
    }

    private NDArray withRelations(NDArray before, NDArray shares, TokenRows rows, Looking learned, Answers taught) {
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
