package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.common.Head;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import java.util.List;

/** The next word: the word embeddings once more, or a layer of its own, {@code lm_head}. */
final class CausalLmHead implements Head {

    private static final String NAME = "lm_head";

    private final Parameter weight;
    private final boolean isNew;

    private CausalLmHead(Parameter weight, boolean isNew) {
        this.weight = weight;
        this.isNew = isNew;
    }

    /**
     * The head of a model.
     *
     * @param mayBeNew whether a layer that the checkpoint lacks is drawn
     */
    static CausalLmHead of(DecoderConfig config, Parameter words, boolean mayBeNew, Weights weights) {
        if (config.tied()) {
            return new CausalLmHead(words, false);
        }
        String name = NAME + ".weight";
        boolean missing = !weights.has(name);
        Parameter own = mayBeNew && missing
                ? weights.takeOrDraw(name, config.vocabulary(), config.hidden())
                : weights.take(name, config.vocabulary(), config.hidden());
        return new CausalLmHead(own, mayBeNew && missing);
    }

    @Override
    public NDArray vocabularyLogits(NDArray hidden, boolean training) {
        return Ops.linear(hidden, weight.value(), null);
    }

    @Override
    public Parameter vocabularyWeight() {
        return weight;
    }

    /** Where it came with the checkpoint, nothing of it is new. */
    @Override
    public List<String> modules() {
        return isNew ? List.of(NAME) : List.of();
    }
}
