package io.tenfold.method.domain;

import io.tenfold.data.TokenKinds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which tokens of a row are asked about in a step, and what stands in their place (Devlin et al. 2018, arXiv:1810.04805,
 * section 3.1 and appendix A.1): of the chosen ones 80 % become the mask, 10 % a token drawn from the vocabulary, 10 % stay.
 * It follows from (seed, step, row) alone, however a step's rows are cut into batches.
 *
 * @param share of a row's tokens, special ones not counted; at least one is chosen
 * @param wholeWords whether all tokens of a word are chosen together; a word that would be too much is passed over
 */
record Masking(TokenKinds kinds, int maskId, double share, boolean wholeWords, long seed) {

    private static final double MASKED = 0.8;
    private static final double DRAWN = 0.9;

    /**
     * A row as the model reads it.
     *
     * @param places what is asked about, rising; empty for a row of special tokens alone
     * @param words the tokens that stood there
     */
    record Row(int[] ids, int[] places, int[] words) {}

    /** Tokens from {@code from} to {@code to}, exclusive. */
    private record Word(int from, int to) {
        int length() {
            return to - from;
        }
    }

    /** @param row its number in the set */
    Row of(long step, int row, int[] ids) {
        SplittableRandom random = random(step, row);
        int[] places = places(words(ids), random);
        int[] masked = ids.clone();
        int[] words = new int[places.length];
        for (int i = 0; i < places.length; i++) {
            words[i] = ids[places[i]];
            double drawn = random.nextDouble();
            if (drawn < MASKED) {
                masked[places[i]] = maskId;
            } else if (drawn < DRAWN) {
                masked[places[i]] = kinds.ordinary(random.nextInt(kinds.ordinary()));
            }
        }
        return new Row(masked, places, words);
    }

    /** How many places {@link #of} chooses. */
    int count(long step, int row, int[] ids) {
        return places(words(ids), random(step, row)).length;
    }

    /** Seeds that differ by little give streams that have nothing in common. */
    private SplittableRandom random(long step, int row) {
        long ofStep = new SplittableRandom(seed).nextLong() + step;
        return new SplittableRandom(new SplittableRandom(ofStep).nextLong() + row);
    }

    private List<Word> words(int[] ids) {
        List<Word> words = new ArrayList<>();
        for (int at = 0; at < ids.length; at++) {
            if (kinds.special(ids[at])) {
                continue;
            }
            boolean goesOn = wholeWords && at > 0 && kinds.within(ids[at]) && !kinds.special(ids[at - 1]);
            words.add(goesOn ? new Word(words.removeLast().from(), at + 1) : new Word(at, at + 1));
        }
        return words;
    }

    private int[] places(List<Word> words, SplittableRandom random) {
        int tokens = words.stream().mapToInt(Word::length).sum();
        if (tokens == 0) {
            return new int[0];
        }
        int wanted = Math.max(1, (int) Math.round(tokens * share));
        List<Word> drawn = shuffled(words, random);
        List<Word> chosen = new ArrayList<>();
        int taken = 0;
        for (Word word : drawn) {
            if (taken + word.length() <= wanted) {
                chosen.add(word);
                taken += word.length();
            }
        }
        if (chosen.isEmpty()) {
            chosen.add(drawn.getFirst());
        }
        return chosen.stream()
                .flatMapToInt(word -> java.util.stream.IntStream.range(word.from(), word.to()))
                .sorted()
                .toArray();
    }

    /** Fisher and Yates' shuffle (Durstenfeld 1964). */
    private static List<Word> shuffled(List<Word> words, SplittableRandom random) {
        Word[] order = words.toArray(Word[]::new);
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            Word swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return Arrays.asList(order);
    }
}
