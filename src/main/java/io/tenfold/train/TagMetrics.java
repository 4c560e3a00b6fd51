package io.tenfold.train;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Scores of tags as seqeval (1.2.2, default mode) computes them: precision, recall and F1 of the spans that tags spell out,
 * over all types together (micro), and {@code accuracy}, the share of words with the right tag. A score that divides by
 * nothing is 0.
 */
public final class TagMetrics {

    private final List<String> names;
    private long words;
    private long right;
    private long actual;
    private long predicted;
    private long correct;

    /** @param names the tags, in the order of their ids */
    public TagMetrics(List<String> names) {
        this.names = List.copyOf(names);
    }

    /** Counts a row; the tag ids of its words, as they should be and as they were predicted. */
    public void add(int[] tags, int[] predictions) {
        Set<TagSpan> expected = new HashSet<>(TagSpan.of(named(tags)));
        List<TagSpan> found = TagSpan.of(named(predictions));
        actual += expected.size();
        predicted += found.size();
        correct += found.stream().filter(expected::contains).count();
        words += tags.length;
        for (int word = 0; word < tags.length; word++) {
            right += tags[word] == predictions[word] ? 1 : 0;
        }
    }

    private List<String> named(int[] tags) {
        return Arrays.stream(tags).mapToObj(names::get).toList();
    }

    /** The metrics by name. */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("f1", ratio(2 * correct, actual + predicted));
        values.put("precision", ratio(correct, predicted));
        values.put("recall", ratio(correct, actual));
        values.put("accuracy", ratio(right, words));
        return values;
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / (double) whole;
    }
}
