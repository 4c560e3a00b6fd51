package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Ops;
import java.util.List;

/**
 * A class for every token: dropout and one linear layer over its last hidden state, in every family ({@code
 * AutoModelForTokenClassification} in Transformers). A pooler that the checkpoint has is left out.
 */
public final class TokenHead implements Head {

    private final String name;
    private final Linear classifier;
    private final double dropout;

    /**
     * @param name the layer's, such as {@code classifier}
     * @param dropout before the classifier, in training
     */
    public TokenHead(String name, int hidden, double dropout, HeadSpec spec, Weights weights, ModelHooks hooks) {
        this.name = name;
        classifier = Linear.head(weights, hooks, name, hidden, spec.outputs());
        this.dropout = dropout;
    }

    @Override
    public NDArray logits(NDArray hidden, boolean training) {
        return classifier.apply(Ops.dropout(hidden, training ? dropout : 0), training);
    }

    @Override
    public List<String> modules() {
        return List.of(name);
    }
}
