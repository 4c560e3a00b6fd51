package io.tenfold.method.distillation;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Which layer of the student is compared with which of the teacher. Layers count from 0. */
sealed interface LayerMap {

    /** A layer of the student and one of the teacher; -1 in both: the embeddings. */
    record Pair(int student, int teacher) {}

    /** The student's layers evenly over the teacher's: see {@link #uniform}. */
    record Uniform() implements LayerMap {}

    /** The last layer of each. */
    record Last() implements LayerMap {}

    /** As the request says; as a list it has the teacher's layer for each of the student's. */
    record Explicit(List<Pair> pairs, boolean asList) implements LayerMap {
        public Explicit {
            pairs = List.copyOf(pairs);
        }
    }

    /** What the messages of errors call it. */
    String PARAM = "method.hidden.layer_map";

    /**
     * {@code count} of {@code layers} layers at even distances, the first and the last among them, rounded half up: of 12
     * layers 6 are 0, 2, 4, 7, 9, 11, as DistilBERT's authors chose them. One alone is the first.
     */
    static List<Integer> uniform(int count, int layers) {
        return IntStream.range(0, count)
                .mapToObj(i -> count == 1 ? 0 : (int) Math.round((double) i * (layers - 1) / (count - 1)))
                .toList();
    }

    /** Reads {@code layer_map}: {@code uniform}, {@code last}, a list of the teacher's layers, or a list of pairs. */
    static LayerMap read(Fields hidden) {
        String name = "layer_map";
        JsonNode value = hidden.raw(name);
        if (value.isNull() || value.asText().equals("uniform")) {
            return new Uniform();
        }
        if (value.isTextual() && value.textValue().equals("last")) {
            return new Last();
        }
        List<Pair> pairs = pairs(value);
        if (pairs.isEmpty() || pairs.size() != value.size()) {
            hidden.error(
                    name,
                    "%s is %s; it must be uniform, last, a list with the teacher's layer for each of the student's ([1, 3, 5]), or a list of pairs of a student's and a teacher's layer ([[0, 3], [2, 11]]), layers counted from 0"
                            .formatted(hidden.param(name), value));
            return new Uniform();
        }
        Set<Integer> students = new HashSet<>();
        for (Pair pair : pairs) {
            if (!students.add(pair.student)) {
                hidden.error(
                        name,
                        "%s has two pairs for the student's layer %d; give one"
                                .formatted(hidden.param(name), pair.student));
            }
        }
        return new Explicit(pairs, value.get(0).isNumber());
    }

    /** As many as the list has elements, if all are of one kind. */
    private static List<Pair> pairs(JsonNode list) {
        List<Pair> pairs = new ArrayList<>();
        boolean asList = list.path(0).isNumber();
        for (JsonNode element : list.isArray() ? list : List.<JsonNode>of()) {
            if (asList && isLayer(element)) {
                pairs.add(new Pair(pairs.size(), element.intValue()));
            } else if (!asList && element.size() == 2 && isLayer(element.get(0)) && isLayer(element.get(1))) {
                pairs.add(new Pair(element.get(0).intValue(), element.get(1).intValue()));
            }
        }
        return pairs;
    }

    private static boolean isLayer(JsonNode node) {
        return node != null
                && node.isNumber()
                && node.canConvertToInt()
                && node.doubleValue() == node.intValue()
                && node.intValue() >= 0;
    }

    /**
     * The pairs for models with so many layers, the lowest student's first.
     *
     * @throws JobException bad_request for a layer that is not there
     */
    default List<Pair> pairs(int student, int teacher) {
        return switch (this) {
            case Uniform _ -> {
                // Of a student with one layer the output is compared with the teacher's.
                List<Integer> chosen = student == 1 ? List.of(teacher - 1) : uniform(student, teacher);
                yield IntStream.range(0, student)
                        .mapToObj(layer -> new Pair(layer, chosen.get(layer)))
                        .toList();
            }
            case Last _ -> List.of(new Pair(student - 1, teacher - 1));
            case Explicit(List<Pair> pairs, boolean asList) -> {
                if (asList && pairs.size() != student) {
                    throw refused("%s has %d layers, but the student has %d; name one for each, or give pairs"
                            .formatted(PARAM, pairs.size(), student));
                }
                pairs.forEach(pair -> {
                    within("student", pair.student, student);
                    within("teacher", pair.teacher, teacher);
                });
                yield pairs;
            }
        };
    }

    private static void within(String whose, int layer, int layers) {
        if (layer >= layers) {
            throw refused("%s names layer %d of the %s, which has %d layers, 0 to %d; name one of these"
                    .formatted(PARAM, layer, whose, layers, layers - 1));
        }
    }

    private static JobException refused(String message) {
        return new JobException(ErrorCode.BAD_REQUEST, PARAM, message);
    }
}
