package io.tenfold.model.decoder;

import io.tenfold.tensor.Activation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all decoders' configs say, in one vocabulary.
 *
 * @param keyHeads heads of keys and values, which heads of queries share
 * @param headSize of each of them; need not be hidden over heads
 * @param positions rows of the table of positions; with rotary positions the most tokens of a row
 * @param windows of each layer: how many tokens a token sees, itself among them; 0 for all
 * @param rotary null where positions are learned
 * @param tied whether the word embeddings are the output layer
 * @param initializerRange the standard deviation of weights that are drawn
 */
record DecoderConfig(
        int vocabulary,
        int hidden,
        int layers,
        int heads,
        int keyHeads,
        int headSize,
        int intermediate,
        Activation activation,
        double epsilon,
        int positions,
        List<Integer> windows,
        @Nullable RotaryConfig rotary,
        Scale scale,
        Dropouts dropouts,
        Extras extras,
        boolean tied,
        double initializerRange) {

    /**
     * Rates in training.
     *
     * @param attention of the probabilities
     * @param residual of a sublayer's output
     * @param tokens before a classifier of tokens
     */
    record Dropouts(double embeddings, double attention, double residual, double tokens) {}

    /**
     * What scores are multiplied with.
     *
     * @param bySize with one over the root of the head's size
     * @param byLayer with one over the layer's number, from 1, besides
     */
    record Scale(boolean bySize, boolean byLayer) {
        static final Scale USUAL = new Scale(true, false);
    }

    /** Which layers of Llama's kind have biases, and whether each head of queries and keys has a norm. */
    record Extras(boolean inputBias, boolean outputBias, boolean feedForwardBias, boolean headNorms) {
        static final Extras NONE = new Extras(false, false, false, false);
    }

    DecoderConfig {
        if (vocabulary < 1
                || hidden < 1
                || layers < 1
                || heads < 1
                || keyHeads < 1
                || headSize < 1
                || intermediate < 1
                || positions < 1) {
            throw new IllegalArgumentException("every size in config.json must be at least 1");
        }
        if (heads % keyHeads != 0) {
            throw new IllegalArgumentException(
                    "the %d attention heads are not a multiple of the %d key-value heads".formatted(heads, keyHeads));
        }
        if (rotary != null && headSize % 2 != 0) {
            throw new IllegalArgumentException(
                    "heads have the size %d, which must be even to be rotated".formatted(headSize));
        }
        windows = List.copyOf(windows);
    }

    /** What scores of a layer are multiplied with. */
    double scale(int layer) {
        double usual = scale.bySize() ? 1 / Math.sqrt((double) headSize) : 1;
        return scale.byLayer() ? usual / (layer + 1) : usual;
    }

    /** The width of all heads of queries together. */
    int queryWidth() {
        return heads * headSize;
    }

    /** The width of all heads of keys together. */
    int keyWidth() {
        return keyHeads * headSize;
    }

    /** The rows' most tokens. */
    int maxPositions() {
        return rotary == null ? positions : rotary.maxPositions();
    }
}
