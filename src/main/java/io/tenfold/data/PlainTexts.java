package io.tenfold.data;

import io.tenfold.job.StopCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Joins plain texts, each ended by {@code eos_token} and begun by what the tokenizer sets before a text, and splits them at
 * {@code max_length}: no token is lost, no text is cut without going on in the next row.
 */
final class PlainTexts {

    private final LanguagePreparation preparation;
    private final DataFile file;
    private final int endId;
    private final int[] begin;
    private final KeptRows kept;
    private final List<int[]> answers = new ArrayList<>();
    private final int[] block;
    private int size;
    private long line;
    private long documents;
    private long empty;
    private long trained;
    private long unanswered;

    PlainTexts(LanguagePreparation preparation, DataFile file) {
        this.preparation = preparation;
        this.file = file;
        endId = preparation.tokenizer().endId();
        begin = begin(preparation.tokenizer().place(List.of("")).getFirst().ids(), endId);
        kept = new KeptRows(preparation.rows(), file);
        block = new int[preparation.rows().maxLength()];
    }

    /** What the tokenizer sets before a text. */
    private static int[] begin(int[] around, int endId) {
        int end = around.length;
        while (end > 0 && around[end - 1] == endId) {
            end--;
        }
        return Arrays.copyOf(around, end);
    }

    /** A whole document. */
    void document(long at, String text) {
        begin();
        part(at, text);
        end(at, text.isBlank());
    }

    /** A document begins. */
    void begin() {
        documents++;
        if (documents % 256 == 1) {
            StopCheck.ask();
        }
        for (int id : begin) {
            add(line, id);
        }
    }

    /** Some of it. */
    void part(long at, String text) {
        for (int id : preparation.tokenizer().ids(text)) {
            add(at, id);
        }
    }

    /** It ends. */
    void end(long at, boolean blank) {
        add(at, endId);
        empty += blank ? 1 : 0;
    }

    private void add(long at, int id) {
        if (size == 0) {
            line = at;
        }
        block[size++] = id;
        if (size == block.length) {
            flush();
        }
    }

    private void flush() {
        if (size == 1) {
            // Nothing precedes an only token, so there is nothing to learn.
            unanswered++;
        } else if (size > 1) {
            int[] ids = Arrays.copyOf(block, size);
            kept.add(
                    new EncodedRow(ids, preparation.tokenizer().noTypes(size), size),
                    line,
                    Arrays.hashCode(ids) * 0x9E3779B97F4A7C15L + size,
                    false);
            answers.add(new int[] {1, size});
            trained += size - 1;
        }
        size = 0;
    }

    TokenizedSet build() {
        flush();
        if (kept.size() == 0) {
            throw file.bad("the texts have no two tokens to learn from");
        }
        SplitReport report = kept.report(null)
                .withLanguage(
                        new SplitReport.LanguageReport(
                                LanguageShape.Kind.TEXT.wire(), trained, unanswered, 0, documents, 0),
                        0);
        return LanguageSplit.set(kept, answers, new Targets.Language(), report.withEmpty(empty), null);
    }
}
