package io.tenfold.model.common;

import ai.djl.ndarray.NDManager;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import java.util.Map;

/** What a {@code config.json} describes. */
public interface Blueprint {

    ModelFamily family();

    ModelSizes sizes();

    /** The standard deviation of weights that are drawn. */
    double initializerRange();

    /**
     * Builds it.
     *
     * @param manager what the network closes
     * @param heads by name, as in {@link Network#heads}
     */
    Network network(NDManager manager, Map<String, HeadSpec> heads, Weights weights, ModelHooks hooks);
}
