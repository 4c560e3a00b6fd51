package io.tenfold.train;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Scores the validation rows with the weights as they are. */
@FunctionalInterface
public interface Evaluator {

    /**
     * A pass over all of them.
     *
     * @param between called after every batch with the rows done so far; may throw to stop
     */
    Scored score(LongConsumer between);

    /** Whether the scores choose the weights that are kept; else these are the last, and patience does not end the steps. */
    default boolean chooses() {
        return true;
    }

    /**
     * Scores once more when training has ended, with the weights that are kept; by default what {@link #score} said of
     * them stands.
     *
     * @param between as for {@link #score}
     * @return null: nothing is to be scored
     */
    default @Nullable Scored last(LongConsumer between) {
        return null;
    }
}
