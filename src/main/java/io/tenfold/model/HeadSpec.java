package io.tenfold.model;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What a model's head is for.
 *
 * @param labels the labels' names in the order of the logits; for regression one
 * @param regression whether the one logit is a number to be predicted
 */
public record HeadSpec(List<String> labels, boolean regression) {

    public HeadSpec {
        labels = List.copyOf(labels);
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("a head needs at least one label");
        }
        if (regression && labels.size() != 1) {
            throw new IllegalArgumentException("a regression head has one output, not %d".formatted(labels.size()));
        }
    }

    /** A class per label. */
    public static HeadSpec classification(List<String> labels) {
        return new HeadSpec(labels, false);
    }

    /** Classes named as Transformers names them when nobody does: {@code LABEL_0}, … */
    public static HeadSpec classification(int count) {
        return classification(
                IntStream.range(0, count).mapToObj(i -> "LABEL_" + i).toList());
    }

    /** One number. */
    public static HeadSpec number() {
        return new HeadSpec(List.of("LABEL_0"), true);
    }

    /** How many logits a row has. */
    public int outputs() {
        return labels.size();
    }
}
