/**
 * Data: local files in, tokenized rows and batches out. Holds the readers (CSV, TSV, JSON Lines, JSON array, Parquet), the
 * column mapping, what a label column means, the tokenizer, the report on a split, and the order of batches. May import:
 * {@code job}, {@code tensor}. Only this room touches Hugging Face tokenizers, FastCSV and the Parquet reader. Never:
 * fetches a file (that is {@code storage}'s), knows a model or a method, keeps state beyond what it returns.
 *
 * <p>The way through: {@link io.tenfold.data.DataFile} and {@link io.tenfold.data.Columns} say what to read, {@link
 * io.tenfold.data.TextTokenizer} comes from the model's folder, {@link io.tenfold.data.Preparation} makes {@link
 * io.tenfold.data.TokenizedSet}s of them, {@link io.tenfold.data.BatchPlan} puts their rows in order, {@link
 * io.tenfold.data.Batch} brings one batch to the device. A new format is a value of {@link io.tenfold.data.DataFormat} and
 * a reader beside the others; a new meaning of the label column is a case of {@link io.tenfold.data.Targets}.
 */
@NullMarked
package io.tenfold.data;

import org.jspecify.annotations.NullMarked;
