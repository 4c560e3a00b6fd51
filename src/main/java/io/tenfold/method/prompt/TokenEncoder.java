package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.tensor.Parameter;
import java.util.List;

/** Computes the virtual tokens' embeddings. */
interface TokenEncoder {

    /** PEFT's name of the trained module. */
    String NAME = "prompt_encoder.";

    /** What is trained, in PEFT's order and under its names, but for the adapter's. */
    List<Parameter> parameters();

    /**
     * The embeddings.
     *
     * @param training whether dropout acts
     * @return [virtual tokens, hidden], of the scope, or a parameter's value
     */
    NDArray embeddings(NDManager scope, boolean training);
}
