package io.tenfold.train.text;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * BLEU of all rows together, from 0 to 100 (Papineni et al. 2002, doi:10.3115/1073083.1073135), as sacrebleu's {@code
 * corpus_bleu} with one reference computes it (Post 2018, arXiv:1804.08771): tokens of mteval-v13a, n-grams of 1 to 4
 * words, cases kept, an order without a match smoothed exponentially (Chen & Cherry 2014, method 3).
 */
public final class Bleu {

    private static final int ORDERS = 4;

    /** The marks that become words of their own: all of ASCII but the apostrophe, comma, hyphen and full stop. */
    private static final Pattern MARK = Pattern.compile("[ -&(-+/:-@\\[-`{-~]");

    private static final Pattern POINT_AFTER_NO_DIGIT = Pattern.compile("([^0-9])([.,])");
    private static final Pattern POINT_BEFORE_NO_DIGIT = Pattern.compile("([.,])([^0-9])");
    private static final Pattern HYPHEN_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

    private final NGrams[] byOrder = new NGrams[ORDERS];
    private long writtenWords;
    private long wantedWords;

    public Bleu() {
        Arrays.fill(byOrder, NGrams.NONE);
    }

    /** Counts one row. */
    public void add(String written, String wanted) {
        List<String> ours = words(written);
        List<String> theirs = words(wanted);
        writtenWords += ours.size();
        wantedWords += theirs.size();
        for (int n = 1; n <= ORDERS; n++) {
            byOrder[n - 1] = byOrder[n - 1].plus(NGrams.of(ours, theirs, n));
        }
    }

    /** From 0 to 100; 0 where no written text has four words, or none has a wanted word. */
    public double score() {
        if (byOrder[0].common() == 0 || byOrder[ORDERS - 1].written() == 0) {
            return 0;
        }
        double logarithms = 0;
        double smoothing = 1;
        for (NGrams order : byOrder) {
            double matches = order.common();
            if (matches == 0) {
                smoothing /= 2;
                matches = smoothing;
            }
            logarithms += Math.log(matches / order.written());
        }
        double brevity = Math.min(0, 1 - (double) wantedWords / writtenWords);
        return 100 * Math.exp(brevity + logarithms / ORDERS);
    }

    /** The words that the tokenizer 13a makes of a text. */
    static List<String> words(String text) {
        String line = WhiteSpace.withoutEnd(text)
                .replace("<skipped>", "")
                .replace("-\n", "")
                .replace('\n', ' ')
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replace("&lt;", "<")
                .replace("&gt;", ">");
        line = MARK.matcher(" " + line + " ").replaceAll(" $0 ");
        line = POINT_AFTER_NO_DIGIT.matcher(line).replaceAll("$1 $2 ");
        line = POINT_BEFORE_NO_DIGIT.matcher(line).replaceAll(" $1 $2");
        return WhiteSpace.split(HYPHEN_AFTER_DIGIT.matcher(line).replaceAll("$1 $2 "));
    }
}
