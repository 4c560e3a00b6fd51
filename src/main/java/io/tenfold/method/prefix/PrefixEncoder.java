package io.tenfold.method.prefix;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.tensor.Parameter;
import java.util.List;

/** Computes the keys and values of all layers. */
interface PrefixEncoder {

    /** PEFT's name of the trained module. */
    String NAME = "prompt_encoder.";

    /** What is trained. */
    List<Parameter> parameters();

    /**
     * A layer's keys. A pass asks for the first layer's first.
     *
     * @param scope of the pass
     * @return [virtual tokens, hidden], of the scope, or a parameter's value
     */
    NDArray keys(NDManager scope, int layer);

    /** A layer's values, as the keys, and asked for after them. */
    NDArray values(NDManager scope, int layer);

    /** A name for what belongs to a layer's keys or values. */
    static String name(int layer, String part) {
        return NAME + "layer." + layer + "." + part;
    }
}
