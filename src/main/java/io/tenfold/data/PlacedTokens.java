package io.tenfold.data;

/**
 * The tokens of a text, and where in it they stand, in code points.
 *
 * @param types token type ids
 * @param starts where each token begins; -1 for a special token around the text
 * @param ends where it ends, exclusive
 */
public record PlacedTokens(int[] ids, int[] types, int[] starts, int[] ends) {}
