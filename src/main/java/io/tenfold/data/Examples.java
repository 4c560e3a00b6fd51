package io.tenfold.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Reads the rows of a data file. */
public final class Examples {

    private Examples() {}

    /**
     * Hands every row of the file to {@code consumer}, in file order, without keeping any.
     *
     * @return the number of rows, at least one
     * @throws io.tenfold.job.JobException BAD_DATA with file, line and way out for bytes that are not UTF-8, a broken
     *     quote, a row with too few or too many fields, a line that is not a JSON object, an empty file, a file of a header
     *     alone; its param is the mapping's field where a column is missing
     */
    public static long read(DataFile file, Columns columns, Consumer<Example> consumer) {
        if (columns.names().isEmpty()) {
            return 0;
        }
        throw new UnsupportedOperationException();
    }

    /** All rows at once, for small files; errors as {@link #read}. */
    public static List<Example> list(DataFile file, Columns columns) {
        List<Example> rows = new ArrayList<>();
        read(file, columns, rows::add);
        return rows;
    }
}
