package io.tenfold.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One row of a data file whose words are tagged one by one.
 *
 * @param tags as many as {@code tokens}; null where the mapping has no column of tags
 * @param line where the row begins: a line number from 1; for Parquet a row number from 1
 */
record Sentence(List<String> tokens, @Nullable List<String> tags, long line) {}
