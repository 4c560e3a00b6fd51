package io.tenfold.method.domain;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.LoopHooks;
import java.util.Map;

/** What draws the features of two domains together. */
interface Alignment extends LoopHooks {

    /** What is trained besides the model, and not published. */
    default Parameters own() {
        return new Parameters();
    }

    /**
     * The loss of a batch, times its source rows, so that batches add up.
     *
     * @param source features of as many source rows, [n, hidden]
     * @param target as the source's
     * @return one number, of the source's manager
     */
    NDArray lossSum(NDArray source, NDArray target);

    /** Sees the features of validation rows. */
    default void observe(String domain, NDArray features) {}

    /** What came of {@link #observe} since it was last asked. */
    default Map<String, Object> observed() {
        return Map.of();
    }
}
