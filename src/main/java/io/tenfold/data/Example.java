package io.tenfold.data;

import org.jspecify.annotations.Nullable;

/**
 * One row of a data file, as it stands there.
 *
 * @param text2 null where the mapping has no second text
 * @param label null where the mapping has no label
 * @param line where the row begins: a line number from 1; for Parquet a row number from 1
 */
public record Example(
        String text, @Nullable String text2, @Nullable String label, long line) {}
