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

    /**
     * A tag for each word, by name; ids and names as for {@link Classes}.
     *
     * @param names empty: the sorted set of tags found in the training file
     */
    record Tags(List<String> names) implements Targets {
        public Tags {
            names = List.copyOf(names);
        }
    }

    /** What a request's task means; names stay empty where it gives none. */
    static Targets of(FineTuneRequest.Task task) {
        List<String> labels = task.labels() == null ? List.of() : task.labels();
        return switch (task.type()) {
            case SEQUENCE_CLASSIFICATION -> new Classes(labels);
            case TOKEN_CLASSIFICATION -> new Tags(labels);
            case REGRESSION -> new Numbers();
            case CAUSAL_LM -> new Language();
            case PREFERENCE -> new Preference();
        };
    }

    /** The names of classes or tags, in the order of their ids; empty where there are none. */
    default List<String> labels() {
        return switch (this) {
            case Classes(List<String> names) -> names;
            case Tags(List<String> names) -> names;
            case Numbers _, Language _, Preference _, None _ -> List.of();
        };
    }

    /** Finite numbers: regression. */
    record Numbers() implements Targets {}

    /** The tokens of answers, each of them predicted from those before it. */
    record Language() implements Targets {}

    /** The better and the worse answer to a prompt. */
    record Preference() implements Targets {}

    /** No label column: rows have texts only. */
    record None() implements Targets {}
}
