package io.tenfold.model;

/**
 * The end of a sublayer, where an adapter goes.
 *
 * @param name the module's full name in Transformers, such as {@code bert.encoder.layer.0.attention.output}
 * @param layer the transformer layer, from 0
 * @param width of the hidden states
 */
public record SublayerSite(String name, int layer, Kind kind, long width) {

    /** Which of a layer's two sublayers. */
    public enum Kind {
        ATTENTION,
        FEED_FORWARD
    }
}
