package io.tenfold.data;

import io.tenfold.job.StopCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Gathers the rows of a split whose words are tagged. */
final class SentenceSplit {

    private static final int ASK_EVERY = 256;

    private final Preparation preparation;
    private final LabelColumn tagColumn;
    private final boolean tagged;
    private final KeptRows kept;
    private final List<Words> words = new ArrayList<>();
    private long rows;
    private long cut;
    private long silent;

    SentenceSplit(Preparation preparation, DataFile file, Targets targets) {
        this.preparation = preparation;
        tagColumn = new LabelColumn(file, targets);
        tagged = targets instanceof Targets.Tags;
        kept = new KeptRows(preparation, file);
    }

    void add(Sentence row) {
        if (rows++ % ASK_EVERY == 0) {
            StopCheck.ask();
        }
        int[] tags = tagged
                ? IntStream.range(0, row.tokens().size())
                        .map(word -> tagColumn.id(row, word))
                        .toArray()
                : new int[0];
        EncodedWords encoded = preparation.encoder().encodeWords(row.tokens(), preparation.maxLength());
        if (kept.fits(row.line(), encoded.row())) {
            Words ofRow = new Words(tags, encoded.places());
            boolean empty = row.tokens().stream().allMatch(String::isBlank);
            kept.add(encoded.row(), row.line(), KeptRows.hash(row.tokens()), empty);
            words.add(ofRow);
            silent += encoded.silent();
            cut += encoded.places().length - ofRow.counted() - encoded.silent();
        }
    }

    /** The rows so far as a set; nothing may be added afterwards. */
    TokenizedSet build() {
        int[] order = tagColumn.order();
        words.forEach(row -> Arrays.setAll(row.tags(), word -> order[row.tags()[word]]));
        Targets complete = tagColumn.complete();
        @Nullable
        Map<String, Long> counts = complete instanceof Targets.Tags(List<String> names)
                ? KeptRows.counts(names, words.stream().flatMapToInt(row -> Arrays.stream(row.countedTags())))
                : null;
        long all = words.stream().mapToLong(row -> row.places().length).sum();
        SplitReport report = kept.report(counts).withWords(new SplitReport.WordReport(all, cut, silent));
        return kept.set(new int[kept.size()], new float[kept.size()], words, complete, report);
    }
}
