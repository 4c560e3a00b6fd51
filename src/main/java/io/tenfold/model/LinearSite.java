package io.tenfold.model;

import io.tenfold.tensor.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer that a method may wrap.
 *
 * @param name the module's full name in Transformers, such as {@code bert.encoder.layer.0.attention.self.query}
 * @param layer the transformer layer it is in, from 0; -1 outside of them (pooler, classifier)
 * @param head whether it is trained in full and so never wrapped: part of the task's head, or new
 * @param weight [outFeatures, inFeatures]
 * @param bias [outFeatures], or null
 * @param transposed whether Transformers keeps the weight [inFeatures, outFeatures], as its {@code Conv1D} does: PEFT's
 *     {@code fan_in_fan_out}
 */
public record LinearSite(
        String name,
        int layer,
        boolean head,
        Parameter weight,
        @Nullable Parameter bias,
        boolean transposed) {

    /** A layer that Transformers keeps as it is here. */
    public LinearSite(String name, int layer, boolean head, Parameter weight, @Nullable Parameter bias) {
        this(name, layer, head, weight, bias, false);
    }

    public long inFeatures() {
        return weight.shape().get(1);
    }

    public long outFeatures() {
        return weight.shape().get(0);
    }
}
