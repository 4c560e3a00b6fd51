package io.tenfold.data;

import io.tenfold.job.TrainingOptions.TooLong;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The rows of a split that are kept, and what its report counts of all. */
final class KeptRows {

    private final Preparation preparation;
    private final DataFile file;
    private final List<int[]> ids = new ArrayList<>();
    private final List<int[]> types = new ArrayList<>();
    private final List<int[]> marks = new ArrayList<>();
    private long[] lines = new long[1024];
    private long[] hashes = new long[1024];
    private long truncated;
    private long dropped;
    private long empty;

    KeptRows(Preparation preparation, DataFile file) {
        this.preparation = preparation;
        this.file = file;
    }

    /** The room after {@code size} places are taken. */
    static int more(int size) {
        return (int) Math.min(Integer.MAX_VALUE - 8L, size * 2L);
    }

    int size() {
        return ids.size();
    }

    /** Whether a row is kept, which is counted; one that is too long may fail the job. */
    boolean fits(long line, EncodedRow encoded) {
        if (!encoded.truncated()) {
            return true;
        }
        switch (preparation.tooLong()) {
            case TRUNCATE -> truncated++;
            case DROP -> dropped++;
            case FAIL ->
                throw file.bad(
                        line,
                        "the row has %d tokens, max_length is %d; raise max_length, or set too_long to truncate or drop"
                                .formatted(encoded.untruncated(), preparation.maxLength()));
        }
        return preparation.tooLong() == TooLong.TRUNCATE;
    }

    /** @param hash the same for rows that say the same */
    void add(EncodedRow encoded, long line, long hash, boolean isEmpty) {
        int at = ids.size();
        if (at == lines.length) {
            lines = Arrays.copyOf(lines, more(at));
            hashes = Arrays.copyOf(hashes, more(at));
        }
        ids.add(encoded.ids());
        types.add(encoded.types());
        marks.add(encoded.marks());
        lines[at] = line;
        hashes[at] = hash;
        empty += isEmpty ? 1 : 0;
    }

    /** The set of all rows, at least one. */
    TokenizedSet set(int[] labels, float[] scores, @Nullable List<Words> words, Targets targets, SplitReport report) {
        return new TokenizedSet(
                ids.toArray(int[][]::new),
                types.toArray(int[][]::new),
                marks.toArray(int[][]::new),
                labels,
                scores,
                words,
                Arrays.copyOf(lines, ids.size()),
                targets,
                report);
    }

    /** @param labels how often each occurs; null where there are none */
    SplitReport report(@Nullable Map<String, Long> labels) {
        if (ids.isEmpty()) {
            throw file.bad(
                    "every one of the %d rows has more than %d tokens and too_long is drop; raise max_length or truncate"
                            .formatted(dropped, preparation.maxLength()));
        }
        long tokens = ids.stream().mapToLong(row -> row.length).sum();
        return new SplitReport(
                ids.size(), tokens, truncated, dropped, empty, duplicates(), labels, padding(tokens), null);
    }

    /** How often each name occurs among ids. */
    static Map<String, Long> counts(List<String> names, IntStream labels) {
        long[] byId = new long[names.size()];
        labels.forEach(label -> byId[label]++);
        Map<String, Long> counts = new LinkedHashMap<>();
        for (int id = 0; id < byId.length; id++) {
            counts.put(names.get(id), byId[id]);
        }
        return counts;
    }

    private long duplicates() {
        long[] sorted = Arrays.copyOf(hashes, ids.size());
        Arrays.sort(sorted);
        long twice = 0;
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] == sorted[i - 1]) {
                twice++;
            }
        }
        return twice;
    }

    private double padding(long tokens) {
        long places = 0;
        int size = preparation.batchSize();
        for (int from = 0; from < ids.size(); from += size) {
            List<int[]> batch = ids.subList(from, Math.min(ids.size(), from + size));
            places += (long) batch.size()
                    * batch.stream().mapToInt(row -> row.length).max().orElse(0);
        }
        return places == 0 ? 0 : (places - tokens) / (double) places;
    }

    /** FNV-1a over UTF-16 units (Fowler, Noll, Vo): two of ten million different rows meet with a chance of one in 300,000. */
    static long hash(String text, @Nullable String text2) {
        long hash = step(0xCBF29CE484222325L, text);
        return text2 == null ? hash : next(hash, text2);
    }

    /** The hash of words, one after another. */
    static long hash(List<String> words) {
        long hash = 0xCBF29CE484222325L;
        for (String word : words) {
            hash = next(hash, word);
        }
        return hash;
    }

    private static long next(long hash, String text) {
        return step((hash ^ 0x10000) * 0x100000001B3L, text);
    }

    private static long step(long start, String text) {
        long hash = start;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
        }
        return hash;
    }
}
