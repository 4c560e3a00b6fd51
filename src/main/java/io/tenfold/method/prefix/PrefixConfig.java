package io.tenfold.method.prefix;

import io.tenfold.job.Fields;
import org.jspecify.annotations.Nullable;

/**
 * The options, named and meant as in PEFT's {@code PrefixTuningConfig}.
 *
 * @param numVirtualTokens how many keys and values each layer gets
 * @param prefixProjection compute them from a small table by two linear layers, which train more steadily
 * @param encoderHiddenSize the width between those; null: the model's
 */
public record PrefixConfig(
        int numVirtualTokens,
        boolean prefixProjection,
        @Nullable Integer encoderHiddenSize) {

    static PrefixConfig read(Fields f) {
        boolean projection = f.flag("prefix_projection", false);
        Integer width = f.integer("encoder_hidden_size", 1, 65_536);
        if (width != null && !projection) {
            f.error(
                    "encoder_hidden_size",
                    "%s is %d, but prefix_projection is false, which has no encoder; leave it out, or set prefix_projection to true"
                            .formatted(f.param("encoder_hidden_size"), width));
        }
        return new PrefixConfig(f.integer("num_virtual_tokens", 20, 1, 65_536), projection, width);
    }
}
