package io.tenfold.model;

import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded.
 *
 * @param seed decides the weights that the checkpoint lacks
 * @param dropout replaces every dropout rate of the model's config; null leaves them
 */
public record LoadOptions(long seed, @Nullable Double dropout) {

    public LoadOptions {
        if (dropout != null && !(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "dropout is %s; it must be at least 0 and less than 1".formatted(dropout));
        }
    }

    /** The model's own dropout. */
    public static LoadOptions seeded(long seed) {
        return new LoadOptions(seed, null);
    }
}
