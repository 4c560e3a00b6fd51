package io.tenfold.method.distillation;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.common.ModelSizes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which of the layers of two models are compared.
 *
 * @param hidden pairs of layers whose outputs are compared; -1: the embeddings
 * @param attentionLayer the teacher's; null: attention is not compared
 * @param relationLayer the teacher's; null: relations are not compared
 * @param relationHeads that the values' widths are cut into
 */
record Lessons(
        ModelSizes student,
        ModelSizes teacher,
        List<LayerMap.Pair> hidden,
        @Nullable Integer attentionLayer,
        @Nullable Integer relationLayer,
        int relationHeads) {

    /**
     * What the options say of two models.
     *
     * @throws JobException bad_request for layers that are not there, and heads that don't fit
     */
    static Lessons of(DistillationConfig config, ModelSizes student, ModelSizes teacher) {
        List<LayerMap.Pair> hidden = new ArrayList<>();
        if (config.hidden() != null) {
            if (config.hidden().embeddings()) {
                hidden.add(new LayerMap.Pair(-1, -1));
            }
            hidden.addAll(config.hidden().layerMap().pairs(student.layers(), teacher.layers()));
        }
        Integer attention = null;
        if (config.attention() != null) {
            attention = layer("method.attention.layer", config.attention().layer(), teacher);
            if (student.heads() != teacher.heads()) {
                throw refused(
                        "method.attention",
                        "method.attention compares head with head, but the teacher has %d and the student %d; leave it out and give relation with relation_heads"
                                .formatted(teacher.heads(), student.heads()));
            }
        }
        Integer relation = null;
        int heads = teacher.heads();
        if (config.relation() != null) {
            relation = layer("method.relation.layer", config.relation().layer(), teacher);
            heads = heads(config.relation().heads(), student, teacher);
        }
        return new Lessons(student, teacher, List.copyOf(hidden), attention, relation, heads);
    }

    private static int layer(String param, @Nullable Integer asked, ModelSizes teacher) {
        if (asked != null && asked >= teacher.layers()) {
            throw refused(
                    param,
                    "%s is %d, but the teacher has %d layers, 0 to %d; give one of these"
                            .formatted(param, asked, teacher.layers(), teacher.layers() - 1));
        }
        return asked == null ? teacher.layers() - 1 : asked;
    }

    private static int heads(@Nullable Integer asked, ModelSizes student, ModelSizes teacher) {
        String param = "method.relation.relation_heads";
        if (asked == null && student.heads() != teacher.heads()) {
            throw refused(
                    param,
                    "the teacher has %d attention heads and the student %d; give %s, a number that divides %d and %d"
                            .formatted(teacher.heads(), student.heads(), param, teacher.width(), student.width()));
        }
        int heads = asked == null ? teacher.heads() : asked;
        if (student.width() % heads != 0 || teacher.width() % heads != 0) {
            throw refused(
                    param,
                    "%s is %d, but it must divide the widths of both, %d of the teacher and %d of the student"
                            .formatted(param, heads, teacher.width(), student.width()));
        }
        return heads;
    }

    private static JobException refused(String param, String message) {
        return new JobException(ErrorCode.BAD_REQUEST, param, message);
    }

    /** Whether anything is compared. */
    boolean any() {
        return !hidden.isEmpty() || attentionLayer != null || relationLayer != null;
    }

    /** What must be seen of the student. */
    Set<Taps.Point> studentPoints() {
        int last = student.layers() - 1;
        return points(
                student,
                LayerMap.Pair::student,
                attentionLayer == null ? null : last,
                relationLayer == null ? null : last);
    }

    /** What must be seen of the teacher. */
    Set<Taps.Point> teacherPoints() {
        return points(teacher, LayerMap.Pair::teacher, attentionLayer, relationLayer);
    }

    /** The places of the teacher whose arrays are compared, in a fixed order; its last output counts as the next layer's input. */
    List<Taps.Point> teacherPlaces() {
        Set<Taps.Point> places = new HashSet<>(teacherPoints());
        if (hidden.stream().anyMatch(pair -> pair.teacher() == teacher.layers() - 1)) {
            places.add(new Taps.Point(teacher.layers(), Taps.Kind.INPUT));
        }
        return places.stream()
                .sorted(Comparator.comparingInt(Taps.Point::layer).thenComparing(Taps.Point::kind))
                .toList();
    }

    private Set<Taps.Point> points(
            ModelSizes model,
            Function<LayerMap.Pair, Integer> side,
            @Nullable Integer attention,
            @Nullable Integer relation) {
        Set<Taps.Point> points = new HashSet<>();
        for (LayerMap.Pair pair : hidden) {
            // What the last layer makes, nobody has as an input.
            if (side.apply(pair) < model.layers() - 1) {
                points.add(new Taps.Point(side.apply(pair) + 1, Taps.Kind.INPUT));
            }
        }
        if (attention != null) {
            points.add(new Taps.Point(attention, Taps.Kind.QUERY));
            points.add(new Taps.Point(attention, Taps.Kind.KEY));
        }
        if (relation != null) {
            points.add(new Taps.Point(relation, Taps.Kind.VALUE));
        }
        return points;
    }
}
