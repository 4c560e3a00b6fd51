package io.tenfold.train.text;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The mean of the rows' ROUGE-L, from 0 to 1 (Lin 2004, aclanthology.org/W04-1013): the F1 of the longest common
 * subsequence of words, as Google's {@code rouge_score} computes {@code rougeL} without a stemmer. Words are runs of ASCII
 * letters and digits in lower case, so that a text without any, such as a Chinese one, has 0.
 */
public final class RougeL {

    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^a-z0-9]+");

    private double sum;
    private long rows;

    /** Counts one row. */
    public void add(String written, String wanted) {
        String[] ours = words(written);
        String[] theirs = words(wanted);
        rows++;
        if (ours.length > 0 && theirs.length > 0) {
            sum += 2.0 * common(ours, theirs) / (ours.length + theirs.length);
        }
    }

    /**
     * From 0 to 1.
     *
     * @throws IllegalStateException where no row was counted
     */
    public double score() {
        if (rows == 0) {
            throw new IllegalStateException("no row was counted");
        }
        return sum / rows;
    }

    private static String[] words(String text) {
        List<String> words = Arrays.stream(BETWEEN_WORDS.split(text.toLowerCase(Locale.ROOT)))
                .filter(word -> !word.isEmpty())
                .toList();
        return words.toArray(String[]::new);
    }

    /** How long the longest common subsequence is; one row of the usual table is kept. */
    private static int common(String[] a, String[] b) {
        int[] lengths = new int[b.length + 1];
        for (String word : a) {
            int before = 0;
            for (int i = 1; i <= b.length; i++) {
                int above = lengths[i];
                lengths[i] = word.equals(b[i - 1]) ? before + 1 : Math.max(above, lengths[i - 1]);
                before = above;
            }
        }
        return lengths[b.length];
    }
}
