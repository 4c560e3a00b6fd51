package io.tenfold.data;

import io.tenfold.job.FineTuneRequest;
import java.util.List;

/** What the label column means. */
public sealed interface Targets {

    /**
     * Classes by name; a class's id is its place in the list. A value of the column is a name, or, where no name is itself
     * a whole number, a number from 0 to {@code names.size() - 1}.
     *
     * @param names empty: the sorted set of values found in the training file (by number where all are numbers)
     */
    record Classes(List<String> names) implements Targets {
        public Classes {
            names = List.copyOf(names);
        }
    }

    /** What a request's task means; class names stay empty where it gives none. */
    static Targets of(FineTuneRequest.Task task) {
        if (task.regression()) {
            return new Numbers();
        }
        List<String> labels = task.labels();
        return new Classes(labels == null ? List.of() : labels);
    }

    /** Finite numbers: regression. */
    record Numbers() implements Targets {}

    /** No label column: rows have texts only. */
    record None() implements Targets {}
}
