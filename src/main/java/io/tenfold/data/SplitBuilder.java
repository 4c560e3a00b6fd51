package io.tenfold.data;

import io.tenfold.job.StopCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gathers the rows of one split, tokenizing them some at a time. */
final class SplitBuilder {

    private static final int AT_ONCE = 1024;

    /** The tokenizer keeps some 150 bytes for each token of all texts that it is given at once. */
    private static final long MOST_CHARACTERS = 1_000_000;

    private final Preparation preparation;
    private final boolean pairs;
    private final Targets targets;
    private final LabelColumn labelColumn;
    private final KeptRows kept;
    private final List<Example> waiting = new ArrayList<>(AT_ONCE);
    private int[] labels = new int[AT_ONCE];
    private float[] scores = new float[AT_ONCE];
    private long waitingCharacters;

    SplitBuilder(Preparation preparation, DataFile file, Columns columns, Targets targets) {
        this.preparation = preparation;
        this.pairs = columns.text2() != null;
        this.targets = targets;
        this.labelColumn = new LabelColumn(file, targets);
        this.kept = new KeptRows(preparation, file);
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
        int rows = kept.size();
        int[] order = labelColumn.order();
        int[] finalLabels = Arrays.copyOf(labels, rows);
        if (targets instanceof Targets.Classes) {
            Arrays.setAll(finalLabels, row -> order[finalLabels[row]]);
        }
        Targets complete = labelColumn.complete();
        return kept.set(
                finalLabels, Arrays.copyOf(scores, rows), null, complete, kept.report(counts(complete, finalLabels)));
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
                case Targets.Classes _ -> rowLabels[i] = labelColumn.id(waiting.get(i));
                case Targets.Numbers _ -> rowScores[i] = labelColumn.score(waiting.get(i));
                case Targets.Tags _ -> throw new IllegalArgumentException("tags belong to words, not to a text");
                case Targets.Language _, Targets.Preference _ ->
                    throw new IllegalArgumentException("language models' rows come from LanguageSplit");
                case Targets.None _ -> {}
            }
        }
        List<EncodedRow> encoded = preparation
                .encoder()
                .encode(waiting.stream().map(Example::text).toList(), seconds(), preparation.maxLength());
        for (int i = 0; i < rowLabels.length; i++) {
            Example row = waiting.get(i);
            if (kept.fits(row.line(), encoded.get(i))) {
                keep(row, encoded.get(i), rowLabels[i], rowScores[i]);
            }
        }
        waiting.clear();
        waitingCharacters = 0;
    }

    private @Nullable List<String> seconds() {
        return pairs ? waiting.stream().map(row -> String.valueOf(row.text2())).toList() : null;
    }

    private void keep(Example row, EncodedRow encoded, int label, float score) {
        int at = kept.size();
        if (at == labels.length) {
            labels = Arrays.copyOf(labels, KeptRows.more(at));
            scores = Arrays.copyOf(scores, KeptRows.more(at));
        }
        labels[at] = label;
        scores[at] = score;
        String text2 = row.text2();
        boolean empty = row.text().isBlank() || (text2 != null && text2.isBlank());
        kept.add(encoded, row.line(), KeptRows.hash(row.text(), text2), empty);
    }

    private static @Nullable Map<String, Long> counts(Targets complete, int[] finalLabels) {
        if (!(complete instanceof Targets.Classes(List<String> names))) {
            return null;
        }
        return KeptRows.counts(names, Arrays.stream(finalLabels));
    }
}
