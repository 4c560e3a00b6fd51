package io.tenfold.train.text;

import java.util.Arrays;
import java.util.List;

/**
 * chrF of all rows together, from 0 to 100 (Popović 2015, doi:10.18653/v1/W15-3049), as sacrebleu's {@code corpus_chrf}
 * with one reference computes it: n-grams of 1 to 6 characters without white space, cases kept, recall weighed twice.
 */
public final class Chrf {

    private static final int ORDERS = 6;
    private static final double BETA_SQUARED = 4;

    private final NGrams[] byOrder = new NGrams[ORDERS];

    public Chrf() {
        Arrays.fill(byOrder, NGrams.NONE);
    }

    /** Counts one row. */
    public void add(String written, String wanted) {
        List<String> ours = characters(written);
        List<String> theirs = characters(wanted);
        for (int n = 1; n <= ORDERS; n++) {
            NGrams row = NGrams.of(ours, theirs, n);
            // As sacrebleu: where nothing of that length was wanted, what was written does not count against the text.
            byOrder[n - 1] = byOrder[n - 1].plus(row.wanted() == 0 ? NGrams.NONE : row);
        }
    }

    /** From 0 to 100. */
    public double score() {
        double precision = 0;
        double recall = 0;
        int orders = 0;
        for (NGrams order : byOrder) {
            if (order.written() > 0 && order.wanted() > 0) {
                precision += (double) order.common() / order.written();
                recall += (double) order.common() / order.wanted();
                orders++;
            }
        }
        if (precision + recall == 0) {
            return 0;
        }
        precision /= orders;
        recall /= orders;
        return 100 * (1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall);
    }

    private static List<String> characters(String text) {
        return WhiteSpace.removed(text)
                .codePoints()
                .mapToObj(Character::toString)
                .toList();
    }
}
