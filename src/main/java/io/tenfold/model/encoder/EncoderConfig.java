package io.tenfold.model.encoder;

import io.tenfold.tensor.Activation;

/**
 * What all encoders' configs say, in one vocabulary.
 *
 * @param afterAttentionDropout of the attention sublayer's output; DistilBERT has none
 * @param hiddenDropout of the embeddings and of the feed-forward sublayer's output
 * @param attentionDropout of the attention probabilities
 * @param classifierDropout of the head
 * @param positions rows of the table of positions
 * @param firstPosition the row of a text's first token: RoBERTa's table begins with the padding's
 * @param types rows of the table of token types; 0 where the family has none
 * @param initializerRange the standard deviation of weights that are drawn
 */
record EncoderConfig(
        int vocabulary,
        int hidden,
        int layers,
        int heads,
        int intermediate,
        Activation activation,
        double afterAttentionDropout,
        double hiddenDropout,
        double attentionDropout,
        double classifierDropout,
        int positions,
        int firstPosition,
        int types,
        double initializerRange,
        double layerNormEpsilon) {

    EncoderConfig {
        if (vocabulary < 1
                || hidden < 1
                || layers < 1
                || heads < 1
                || intermediate < 1
                || firstPosition < 0
                || positions <= firstPosition) {
            throw new IllegalArgumentException("every size in config.json must be at least 1");
        }
        if (hidden % heads != 0) {
            throw new IllegalArgumentException(
                    "hidden size %d is not a multiple of the %d attention heads".formatted(hidden, heads));
        }
    }
}
