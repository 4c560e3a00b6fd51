package io.tenfold.model.encoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Ops;
import java.util.List;

/**
 * A class for every token: dropout and one linear layer over its last hidden state, in every family ({@code
 * AutoModelForTokenClassification} in Transformers). A pooler that the checkpoint has is left out.
 */
final class TokenHead implements Head {

    private final String name;
    private final Linear classifier;
    private final double dropout;

    /**
     * @param dropout before the classifier, in training
     * @param prefix of the names of its parameters; empty as in Transformers
     */
    TokenHead(EncoderConfig config, double dropout, HeadSpec spec, String prefix, Weights weights, ModelHooks hooks) {
        name = prefix + "classifier";
        classifier = Linear.head(weights, hooks, name, config.hidden(), spec.outputs());
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
