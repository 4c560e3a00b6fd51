package io.tenfold.train;

import java.util.function.LongConsumer;

/** Scores the validation rows with the weights as they are. */
@FunctionalInterface
public interface Evaluator {

    /**
     * A pass over all of them.
     *
     * @param between called after every batch with the rows done so far; may throw to stop
     */
    Scored score(LongConsumer between);
}
