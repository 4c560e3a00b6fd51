package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the rows of a data file. */
public final class Examples {

    private Examples() {}

    /**
     * Hands every row of the file to {@code consumer}, in file order, without keeping any.
     *
     * @return the number of rows, at least one
     * @throws JobException BAD_DATA with file, line and way out for bytes that are not UTF-8, a broken quote, a row with
     *     too few or too many fields, a line that is not a JSON object, a null, an empty file, a file of a header alone; its
     *     param is the mapping's field where a column is missing
     */
    public static long read(DataFile file, Columns columns, Consumer<Example> consumer) {
        long[] rows = {0};
        RowSink sink = (line, values) -> {
            consumer.accept(example(file, columns, line, values));
            rows[0]++;
        };
        switch (file.format()) {
            case CSV -> CsvRows.read(file, columns, sink);
            case TSV -> TsvRows.read(file, columns, sink);
            case JSONL -> JsonRows.readLines(file, columns, sink);
            case JSON -> JsonRows.readArray(file, columns, sink);
            case PARQUET -> ParquetRows.read(file, columns, sink);
            case CONLL ->
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        file.param(),
                        "%s is conll, which holds tagged words; it is for task.type token_classification"
                                .formatted(file.location()));
            case TEXT -> throw file.notFor("a plain text without columns; it is for task.type causal_lm");
        }
        if (rows[0] == 0) {
            throw file.bad(
                    switch (file.format()) {
                        case CSV, TSV -> "the file has no rows, only a header at most";
                        case JSONL, JSON, PARQUET, CONLL, TEXT -> "the file has no rows";
                    });
        }
        return rows[0];
    }

    /** All rows at once, for small files; errors as {@link #read}. */
    public static List<Example> list(DataFile file, Columns columns) {
        List<Example> rows = new ArrayList<>();
        read(file, columns, rows::add);
        return rows;
    }

    /** The words of all rows at once, for small files. */
    public static List<List<String>> words(DataFile file, Columns columns) {
        List<List<String>> rows = new ArrayList<>();
        Sentences.read(file, columns, sentence -> rows.add(sentence.tokens()));
        return rows;
    }

    private static Example example(DataFile file, Columns columns, long line, @Nullable String[] values) {
        String text = present(file, line, columns.text(), values[0]);
        int next = 1;
        String text2 = columns.text2() == null ? null : present(file, line, columns.text2(), values[next++]);
        String label = columns.label() == null ? null : present(file, line, columns.label(), values[next]);
        return new Example(text, text2, label, line);
    }

    private static String present(DataFile file, long line, String column, @Nullable String value) {
        if (value == null) {
            throw file.bad(line, "%s is null; leave the row out or fill it in".formatted(column));
        }
        return value;
    }
}
