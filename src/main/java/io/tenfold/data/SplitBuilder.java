package io.tenfold.data;

import io.tenfold.job.StopCheck;
import io.tenfold.job.TrainingOptions.TooLong;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gathers the rows of one split, tokenizing them some at a time, and counts what the report says. */
final class SplitBuilder {

    private static final int AT_ONCE = 1024;

    /** The tokenizer keeps some 150 bytes for each token of all texts that it is given at once. */
    private static final long MOST_CHARACTERS = 1_000_000;

    private final Preparation preparation;
    private final DataFile file;
    private final boolean pairs;
    private final Targets targets;
    private final LabelColumn labelColumn;
    private final List<Example> waiting = new ArrayList<>(AT_ONCE);
    private final List<int[]> ids = new ArrayList<>();
    private final List<int[]> types = new ArrayList<>();
    private final List<int[]> marks = new ArrayList<>();
    private int[] labels = new int[AT_ONCE];
    private float[] scores = new float[AT_ONCE];
    private long[] lines = new long[AT_ONCE];
    private long[] hashes = new long[AT_ONCE];
    private long waitingCharacters;
    private long truncated;
    private long dropped;
    private long empty;

    SplitBuilder(Preparation preparation, DataFile file, Columns columns, Targets targets) {
        this.preparation = preparation;
        this.file = file;
        this.pairs = columns.text2() != null;
        this.targets = targets;
        this.labelColumn = new LabelColumn(file, targets);
    }

    void add(Example row) {
        waiting.add(row);
        String text2 = row.text2();
        waitingCharacters += row.text().length() + (text2 == null ? 0 : text2.length());
        if (waiting.size() == AT_ONCE || waitingCharacters > MOST_CHARACTERS) {
            flush();
        }
    }

    /** The rows so far as a set; nothing may be added afterwards. */
    TokenizedSet build() {
        flush();
        int rows = ids.size();
        if (rows == 0) {
            throw file.bad(
                    "every one of the %d rows has more than %d tokens and too_long is drop; raise max_length or truncate"
                            .formatted(dropped, preparation.maxLength()));
        }
        int[] order = labelColumn.order();
        int[] finalLabels = Arrays.copyOf(labels, rows);
        if (targets instanceof Targets.Classes) {
            Arrays.setAll(finalLabels, row -> order[finalLabels[row]]);
        }
        Targets complete = labelColumn.complete();
        return new TokenizedSet(
                ids.toArray(int[][]::new),
                types.toArray(int[][]::new),
                marks.toArray(int[][]::new),
                finalLabels,
                Arrays.copyOf(scores, rows),
                Arrays.copyOf(lines, rows),
                complete,
                report(complete, finalLabels));
    }

    private void flush() {
        if (waiting.isEmpty()) {
            return;
        }
        StopCheck.ask();
        int[] rowLabels = new int[waiting.size()];
        float[] rowScores = new float[waiting.size()];
        for (int i = 0; i < rowLabels.length; i++) {
            switch (targets) {
                case Targets.Classes classes -> rowLabels[i] = labelColumn.id(waiting.get(i));
                case Targets.Numbers numbers -> rowScores[i] = labelColumn.score(waiting.get(i));
                case Targets.None none -> {}
            }
        }
        List<EncodedRow> encoded = preparation
                .encoder()
                .encode(waiting.stream().map(Example::text).toList(), seconds(), preparation.maxLength());
        for (int i = 0; i < rowLabels.length; i++) {
            Example row = waiting.get(i);
            if (fits(row, encoded.get(i))) {
                keep(row, encoded.get(i), rowLabels[i], rowScores[i]);
            }
        }
        waiting.clear();
        waitingCharacters = 0;
    }

    private @Nullable List<String> seconds() {
        return pairs ? waiting.stream().map(row -> String.valueOf(row.text2())).toList() : null;
    }

    private boolean fits(Example row, EncodedRow encoded) {
        if (!encoded.truncated()) {
            return true;
        }
        switch (preparation.tooLong()) {
            case TRUNCATE -> truncated++;
            case DROP -> dropped++;
            case FAIL ->
                throw file.bad(
                        row.line(),
                        "the row has %d tokens, max_length is %d; raise max_length, or set too_long to truncate or drop"
                                .formatted(encoded.untruncated(), preparation.maxLength()));
        }
        return preparation.tooLong() == TooLong.TRUNCATE;
    }

    private void keep(Example row, EncodedRow encoded, int label, float score) {
        int at = ids.size();
        if (at == labels.length) {
            int room = (int) Math.min(Integer.MAX_VALUE - 8L, at * 2L);
            labels = Arrays.copyOf(labels, room);
            scores = Arrays.copyOf(scores, room);
            lines = Arrays.copyOf(lines, room);
            hashes = Arrays.copyOf(hashes, room);
        }
        ids.add(encoded.ids());
        types.add(encoded.types());
        marks.add(encoded.marks());
        labels[at] = label;
        scores[at] = score;
        lines[at] = row.line();
        String text2 = row.text2();
        hashes[at] = hash(row.text(), text2);
        if (row.text().isBlank() || (text2 != null && text2.isBlank())) {
            empty++;
        }
    }

    private SplitReport report(Targets complete, int[] finalLabels) {
        int rows = ids.size();
        long tokens = ids.stream().mapToLong(row -> row.length).sum();
        Map<String, Long> counts = null;
        if (complete instanceof Targets.Classes classes) {
            long[] byId = new long[classes.names().size()];
            for (int label : finalLabels) {
                byId[label]++;
            }
            counts = new LinkedHashMap<>();
            for (int id = 0; id < byId.length; id++) {
                counts.put(classes.names().get(id), byId[id]);
            }
        }
        return new SplitReport(rows, tokens, truncated, dropped, empty, duplicates(), counts, padding(tokens));
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
    private static long hash(String text, @Nullable String text2) {
        long hash = step(0xCBF29CE484222325L, text);
        return text2 == null ? hash : step((hash ^ 0x10000) * 0x100000001B3L, text2);
    }

    private static long step(long start, String text) {
        long hash = start;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
        }
        return hash;
    }
}
