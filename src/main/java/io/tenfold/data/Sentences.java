package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the rows of a data file whose words are tagged. */
final class Sentences {

    private Sentences() {}

    /**
     * Hands every row of the file to {@code consumer}, in file order, without keeping any.
     *
     * @return the number of rows, at least one
     * @throws JobException BAD_DATA with file, line and way out for bytes that are not UTF-8, a line that can't be read, a
     *     column that is no list, other numbers of words and tags, an empty file; BAD_REQUEST for a format that holds no
     *     lists
     */
    static long read(DataFile file, Columns columns, Consumer<Sentence> consumer) {
        long[] rows = {0};
        Consumer<Sentence> checked = sentence -> {
            check(file, columns, sentence);
            consumer.accept(sentence);
            rows[0]++;
        };
        switch (file.format()) {
            case CONLL -> ConllRows.read(file, columns, checked);
            case JSONL -> JsonRows.lines(file, columns, (line, row) -> checked.accept(of(columns, line, row)));
            case JSON -> JsonRows.array(file, columns, (line, row) -> checked.accept(of(columns, line, row)));
            case PARQUET -> ParquetRows.readLists(file, columns, checked);
            case CSV, TSV, TEXT ->
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        file.param(),
                        "%s is %s, whose fields hold no lists; rows of words and tags are jsonl, json, parquet or conll"
                                .formatted(file.location(), file.format().wire()));
        }
        if (rows[0] == 0) {
            throw file.bad("the file has no rows");
        }
        return rows[0];
    }

    private static Sentence of(Columns columns, long line, JsonRows.Row row) {
        String label = columns.label();
        return new Sentence(row.list(columns.text()), label == null ? null : row.list(label), line);
    }

    private static void check(DataFile file, Columns columns, Sentence sentence) {
        List<String> tags = sentence.tags();
        if (tags != null && tags.size() != sentence.tokens().size()) {
            throw file.bad(
                    sentence.line(),
                    "%s has %d words, but %s has %d; each word needs one tag (O where it is in no span)"
                            .formatted(
                                    columns.text(),
                                    sentence.tokens().size(),
                                    String.valueOf(columns.label()),
                                    tags.size()));
        }
    }

    /** The tag of a word; rows of files without tags have none. */
    static String tag(Sentence sentence, int word) {
        @Nullable List<String> tags = sentence.tags();
        if (tags == null) {
            throw new IllegalArgumentException("the columns name no tags");
        }
        return tags.get(word);
    }
}
