package io.tenfold.train.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many n-grams two texts have, of all rows so far.
 *
 * @param written how many in what was written
 * @param wanted how many in what was wanted
 * @param common how many in both; one that stands twice in one and once in the other counts once
 */
record NGrams(long written, long wanted, long common) {

    static final NGrams NONE = new NGrams(0, 0, 0);

    /** Counts those of {@code n} words, or characters. */
    static NGrams of(List<String> written, List<String> wanted, int n) {
        Map<List<String>, Integer> left = new HashMap<>();
        for (int i = 0; i + n <= wanted.size(); i++) {
            left.merge(wanted.subList(i, i + n), 1, Integer::sum);
        }
        long common = 0;
        for (int i = 0; i + n <= written.size(); i++) {
            List<String> ngram = written.subList(i, i + n);
            int count = left.getOrDefault(ngram, 0);
            if (count > 0) {
                common++;
                left.put(ngram, count - 1);
            }
        }
        return new NGrams(Math.max(0, written.size() - n + 1), Math.max(0, wanted.size() - n + 1), common);
    }

    NGrams plus(NGrams other) {
        return new NGrams(written + other.written, wanted + other.wanted, common + other.common);
    }
}
