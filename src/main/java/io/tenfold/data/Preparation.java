package io.tenfold.data;

import io.tenfold.job.TrainingOptions.TooLong;

/**
 * Makes tokenized sets of data files.
 *
 * @param maxLength most tokens of a row, special tokens included
 * @param batchSize rows in a batch, for the padding in the report alone
 */
public record Preparation(TextTokenizer tokenizer, int maxLength, TooLong tooLong, int batchSize) {

    /**
     * The training split. Class names that {@code targets} leaves out are found here; {@link TokenizedSet#targets()} has
     * them.
     *
     * @throws io.tenfold.job.JobException BAD_DATA as {@link Examples#read}, and for a label that is not among the names, a
     *     score that is not a finite number, a file of one class, a row too long with {@link TooLong#FAIL}, no row left
     */
    public TokenizedSet training(DataFile file, Columns columns, Targets targets) {
        return prepare(file, columns, targets);
    }

    /** A split that is only scored, on the training split's {@code targets}; errors as there, one class is enough. */
    public TokenizedSet evaluation(DataFile file, Columns columns, Targets targets) {
        return prepare(file, columns, targets);
    }

    private TokenizedSet prepare(DataFile file, Columns columns, Targets targets) {
        if (maxLength < 1) {
            throw new IllegalArgumentException("max_length " + maxLength + file + columns + targets);
        }
        throw new UnsupportedOperationException();
    }
}
