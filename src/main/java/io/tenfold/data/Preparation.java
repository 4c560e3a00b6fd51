package io.tenfold.data;

import io.tenfold.job.TrainingOptions.TooLong;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
        return training(file, columns, targets, Draw.ALL);
    }

    /**
     * Some rows of the training split: its report is of these alone.
     *
     * @throws io.tenfold.job.JobException as {@link #training(DataFile, Columns, Targets)}, BAD_REQUEST where a class has too
     *     few rows
     */
    public TokenizedSet training(DataFile file, Columns columns, Targets targets, Draw draw) {
        if (draw.perClass() > 0) {
            Draw.Labels labels = Draw.Labels.read(file, columns, targets);
            refuse(file, targets, labels.seen(), labels.rows());
            Draw.Drawn drawn = draw.from(labels);
            return prepare(file, columns, drawn.targets(), drawn.rows());
        }
        TokenizedSet set = prepare(file, columns, targets, null);
        Map<String, Long> labels = set.report().labels();
        if (labels != null) {
            List<String> seen = labels.keySet().stream()
                    .filter(name -> labels.getOrDefault(name, 0L) > 0)
                    .toList();
            refuse(file, targets, seen, set);
        }
        return set;
    }

    private static void refuse(DataFile file, Targets targets, List<String> seen, TokenizedSet set) {
        if (targets instanceof Targets.Tags) {
            refuseTags(file, seen, set);
        } else {
            refuse(file, targets, seen, set.size());
        }
    }

    private static void refuseTags(DataFile file, List<String> seen, TokenizedSet set) {
        if (seen.size() < 2) {
            throw file.bad("the %d rows have %s; token classification needs words of at least two tags"
                    .formatted(
                            set.size(),
                            seen.isEmpty()
                                    ? "no word with a token"
                                    : "the tag %s alone".formatted(Shown.value(seen.getFirst(), 60))));
        }
    }

    /** Refuses what hardly is a label column. */
    private static void refuse(DataFile file, Targets targets, List<String> seen, int rows) {
        boolean named = !targets.labels().isEmpty();
        if (!named && seen.size() > MANY && 2L * seen.size() > rows) {
            throw file.bad(
                    "the label column has %d different values in %d rows, so it is hardly a class; name the right column in data.columns.label, or the classes in task.labels"
                            .formatted(seen.size(), rows));
        }
        if (seen.size() < 2) {
            throw file.bad("all %d rows have the label %s; classification needs rows of at least two"
                    .formatted(rows, Shown.value(seen.getFirst(), 60)));
        }
    }

    /** A split that is only scored, on the training split's {@code targets}; errors as there, one class is enough. */
    public TokenizedSet evaluation(DataFile file, Columns columns, Targets targets) {
        boolean named =
                switch (targets) {
                    case Targets.Classes _, Targets.Tags _ -> !targets.labels().isEmpty();
                    case Targets.Numbers _, Targets.Language _, Targets.Preference _, Targets.None _ -> true;
                };
        if (!named) {
            throw new IllegalArgumentException("class names come from the training split's targets()");
        }
        return prepare(file, columns, targets, null);
    }

    /** @param chosen the rows that are kept, by their place in the file; null: all */
    private TokenizedSet prepare(DataFile file, Columns columns, Targets targets, @Nullable BitSet chosen) {
        Columns wanted = targets instanceof Targets.None ? columns.unlabelled() : columns;
        if (wanted.tagged()) {
            SentenceSplit sentences = new SentenceSplit(this, file, targets);
            Sentences.read(file, wanted, sentences::add);
            return sentences.build();
        }
        SplitBuilder rows = new SplitBuilder(this, file, wanted, targets);
        int[] place = {0};
        Examples.read(file, wanted, row -> {
            if (chosen == null || chosen.get(place[0])) {
                rows.add(row);
            }
            place[0]++;
        });
        return rows.build();
    }
}
