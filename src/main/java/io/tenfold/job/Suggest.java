package io.tenfold.job;

import java.util.Collection;
import java.util.Locale;

/** The known name that a mistyped one was most likely meant to be. */
public final class Suggest {

    private Suggest() {}

    /**
     * The end of an error message: {@code "; did you mean epochs?"} for {@code epoch}, or an empty text when no known name
     * is near. Near: at most two edits (a letter added, dropped, changed, or two neighbours swapped), one for names of up
     * to three letters and three from nine letters on; case does not count. The nearest wins, the first of equals.
     */
    public static String didYouMean(String given, Collection<String> known) {
        String wanted = given.toLowerCase(Locale.ROOT);
        int limit = wanted.length() <= 3 ? 1 : wanted.length() <= 8 ? 2 : 3;
        String nearest = "";
        int best = limit + 1;
        for (String candidate : known) {
            if (Math.abs(candidate.length() - wanted.length()) > limit) {
                continue;
            }
            int distance = distance(wanted, candidate.toLowerCase(Locale.ROOT));
            if (distance < best && distance < candidate.length()) {
                best = distance;
                nearest = candidate;
            }
        }
        return nearest.isEmpty() ? "" : "; did you mean " + nearest + "?";
    }

    /** Optimal string alignment distance (Damerau 1964; Levenshtein 1966): three rows of the edit table suffice. */
    private static int distance(String from, String to) {
        int[] beforeLast = new int[to.length() + 1];
        int[] last = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                boolean same = from.charAt(i - 1) == to.charAt(j - 1);
                row[j] = Math.min(Math.min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (same ? 0 : 1));
                if (swapped(from, i, to, j)) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
            beforeLast = last;
            last = row;
        }
        return last[to.length()];
    }

    private static boolean swapped(String from, int i, String to, int j) {
        return i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
    }
}
