package io.tenfold.train;

import io.tenfold.data.TokenizedSet;
import java.util.function.LongConsumer;

/** Scores every row of a set with the weights as they are. */
@FunctionalInterface
public interface Evaluator {

    /**
     * A pass over a set.
     *
     * @param between called after every batch with the rows done so far; may throw to stop
     */
    Predictions predict(TokenizedSet set, LongConsumer between);
}
