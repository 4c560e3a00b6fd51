package io.tenfold.method.multitask;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.Parameter;
import java.util.List;

/** What the tasks' losses are multiplied with; tasks by number. */
interface LossWeights {

    /** The weights as they are now. */
    double[] now();

    /**
     * What a step makes small of a task's losses, as a sum over units.
     *
     * @param lossSum one number, the sum over some of the step's units of the task
     * @param units how many these are
     */
    default NDArray weighted(int task, NDArray lossSum, long units) {
        return lossSum.mul((float) now()[task]);
    }

    /** Whether the weights change, so that the metrics tell them. */
    boolean change();

    /** What is trained with the model's weights. */
    default List<Parameter> trained() {
        return List.of();
    }

    /** @param step from 1 */
    default void beforeStep(long step) {}

    /** The losses of some units of the step, without the weight. */
    default void note(int task, double lossSum, long units) {}

    /**
     * The backward passes of a step with all tasks are done.
     *
     * @param norms of the weighted losses' gradients at the last shared layer, by task
     */
    default void afterStep(double[] norms) {}

    /** Whether {@link #afterStep} wants norms. */
    default boolean wantsNorms() {
        return false;
    }

    /** Numbers that a checkpoint must carry; the same count each time. */
    default double[] state() {
        return new double[0];
    }

    /** Goes on from a {@link #state}. */
    default void restore(double[] state) {}
}
