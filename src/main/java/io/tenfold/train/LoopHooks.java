package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;

/** What a method does in the loop besides its objective; by default nothing. */
public interface LoopHooks {

    /** Does nothing. */
    LoopHooks NONE = new LoopHooks() {};

    /**
     * Before the forward pass of a step: unfreezing, a weight that follows the progress.
     *
     * @param step from 1
     * @param totalSteps of the stage
     */
    default void beforeStep(long step, long totalSteps) {}

    /**
     * After the backward pass of a part of a step: gradients may be taken away, to be put back by {@link
     * #transformGradients}.
     *
     * @param part from 0
     */
    default void afterBackward(StepPlan.Part rows, int part) {}

    /** After the backward passes, before clipping: gradients may be changed in place. */
    default void transformGradients(long step) {}

    /** The validation rows have just been scored, and the weights as they are, are the best so far. */
    default void best() {}

    /** What a checkpoint must carry beside weights and optimiser, by name; the arrays themselves. */
    default Map<String, NDArray> state() {
        return Map.of();
    }

    /** Goes on from a saved {@link #state()}; arrays to be kept are copied into {@code manager}. */
    default void restore(Map<String, NDArray> saved, NDManager manager) {}
}
