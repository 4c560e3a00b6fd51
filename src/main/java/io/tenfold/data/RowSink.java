package io.tenfold.data;

import org.jspecify.annotations.Nullable;

/** Takes the rows of a file one by one. */
@FunctionalInterface
interface RowSink {

    /**
     * @param line where the row begins, from 1
     * @param values one per column of {@link Columns#names()}; null where the file has a null
     */
    void row(long line, @Nullable String[] values);
}
