package io.tenfold.data;

/**
 * The token ids of one row of words.
 *
 * @param row the tokens, special ones included
 * @param places as {@link Words#places}
 * @param silent how many words have no token even in the whole row: white space, or nothing that the tokenizer keeps
 */
public record EncodedWords(EncodedRow row, int[] places, int silent) {}
