package io.tenfold.model.common;

/**
 * A model's sizes.
 *
 * @param vocabulary rows of the table of words
 * @param types rows of the table of token types; 0 where there is none
 * @param width of the hidden states
 * @param heads of attention: of the queries
 * @param keyValueHeads of attention: of keys and values, that groups of queries share
 * @param keyValueWidth of a token's keys in a layer, and of its values
 * @param maxPositions the most tokens of a row
 */
public record ModelSizes(
        int vocabulary,
        int types,
        int layers,
        int width,
        int heads,
        int keyValueHeads,
        int keyValueWidth,
        int maxPositions) {

    /** The same with other layers. */
    public ModelSizes withLayers(int count) {
        return new ModelSizes(vocabulary, types, count, width, heads, keyValueHeads, keyValueWidth, maxPositions);
    }
}
