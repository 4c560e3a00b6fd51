package io.tenfold.data;

import io.tenfold.job.TrainingOptions.TooLong;
import java.util.List;
import java.util.Map;

/**
 * Makes tokenized sets of data files.
 *
 * @param maxLength most tokens of a row, special tokens included
 * @param batchSize rows in a batch, for the padding in the report alone
 */
public record Preparation(RowEncoder encoder, int maxLength, TooLong tooLong, int batchSize) {

    /** Classes that are found in the data and not named; with more, nearly as many as rows, the column is the wrong one. */
    private static final int MANY = 50;

    /**
     * The training split. Class names that {@code targets} leaves out are found here; {@link TokenizedSet#targets()} has
     * them.
     *
     * @throws io.tenfold.job.JobException BAD_DATA as {@link Examples#read}, and for a label that is not among the names, a
     *     score that is not a finite number, a file of one class, a row too long with {@link TooLong#FAIL}, no row left
     */
    public TokenizedSet training(DataFile file, Columns columns, Targets targets) {
        TokenizedSet set = prepare(file, columns, targets);
        Map<String, Long> labels = set.report().labels();
        if (labels != null) {
            List<String> seen = labels.keySet().stream()
                    .filter(name -> labels.getOrDefault(name, 0L) > 0)
                    .toList();
            boolean named = targets instanceof Targets.Classes(List<String> names) && !names.isEmpty();
            if (!named && seen.size() > MANY && 2L * seen.size() > set.size()) {
                throw file.bad(
                        "the label column has %d different values in %d rows, so it is hardly a class; name the right column in data.columns.label, or the classes in task.labels"
                                .formatted(seen.size(), set.size()));
            }
            if (seen.size() < 2) {
                throw file.bad("all %d rows have the label %s; classification needs rows of at least two"
                        .formatted(set.size(), Shown.value(seen.getFirst(), 60)));
            }
        }
        return set;
    }

    /** A split that is only scored, on the training split's {@code targets}; errors as there, one class is enough. */
    public TokenizedSet evaluation(DataFile file, Columns columns, Targets targets) {
        if (targets instanceof Targets.Classes(List<String> names) && names.isEmpty()) {
            throw new IllegalArgumentException("class names come from the training split's targets()");
        }
        return prepare(file, columns, targets);
    }

    private TokenizedSet prepare(DataFile file, Columns columns, Targets targets) {
        Columns wanted = targets instanceof Targets.None ? columns.unlabelled() : columns;
        SplitBuilder rows = new SplitBuilder(this, file, wanted, targets);
        Examples.read(file, wanted, rows::add);
        return rows.build();
    }
}
