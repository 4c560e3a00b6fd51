package io.tenfold.data;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The words of a row, each known to the model by its first token.
 *
 * @param tags the tag id of each word; empty for rows to be tagged. Not to be changed
 * @param places where in the row the first token of each word stands; -1 for a word that has none: cut off by {@code
 *     max_length}, or nothing to the tokenizer. Not to be changed
 */
public record Words(int[] tags, int[] places) {

    /** What a token that is not a word's first has for a label: such tokens are not counted. */
    public static final int UNCOUNTED = -100;

    /** How many words have a token: those that are counted in loss and scores. */
    public int counted() {
        return (int) Arrays.stream(places).filter(place -> place >= 0).count();
    }

    /** The places of the words that are counted. */
    public int[] countedPlaces() {
        return Arrays.stream(places).filter(place -> place >= 0).toArray();
    }

    /** The tags of the words that are counted. */
    public int[] countedTags() {
        return IntStream.range(0, places.length)
                .filter(word -> places[word] >= 0)
                .map(word -> tags[word])
                .toArray();
    }

    /**
     * A label for each token of the row, as Transformers' run_ner gives them: a word's first token has its tag.
     *
     * @param tokens of the row, special ones included
     */
    int[] labels(int tokens) {
        int[] labels = new int[tokens];
        Arrays.fill(labels, UNCOUNTED);
        for (int word = 0; word < places.length; word++) {
            if (places[word] >= 0) {
                labels[places[word]] = tags[word];
            }
        }
        return labels;
    }
}
