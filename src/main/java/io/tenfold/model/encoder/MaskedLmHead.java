package io.tenfold.model.encoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.common.ConfigFile;
import io.tenfold.model.common.Head;
import io.tenfold.model.common.LayerNorm;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import java.util.List;

/**
 * The head of pretraining (Devlin et al. 2018, arXiv:1810.04805, section 3.1): a layer, an activation, a norm, and the
 * word embeddings once more as the output layer, with a bias of their own.
 */
final class MaskedLmHead implements Head {

    /**
     * Names of modules, in full, and what stands between them.
     *
     * @param bias the bias over the vocabulary, a parameter
     * @param decoder the output layer, which some checkpoints have beside the word embeddings
     * @param activation between layer and norm
     */
    record Parts(String dense, String norm, String bias, String decoder, Activation activation) {}

    private final Linear dense;
    private final Activation activation;
    private final LayerNorm norm;
    private final Parameter words;
    private final Parameter bias;
    private final List<String> modules;

    /**
     * Takes the head's weights.
     *
     * @param embeddings the name of the word embeddings' parameter
     * @param tied whether the word embeddings are the output layer; else the checkpoint has it
     * @param mayBeNew whether a head that the checkpoint lacks is drawn, as Transformers does; it is tied
     * @throws io.tenfold.job.JobException bad_model for a checkpoint without such a head
     */
    MaskedLmHead(
            Parts parts,
            EncoderConfig config,
            String embeddings,
            boolean tied,
            boolean mayBeNew,
            Weights weights,
            ModelHooks hooks) {
        boolean drawn = !weights.has(parts.dense() + ".weight");
        if (drawn && !mayBeNew) {
            throw ConfigFile.bad(
                    "the checkpoint has no masked-LM head (%s); take one such as bert-base-uncased, or a method or a kind of prompt that needs none, such as soft"
                            .formatted(parts.bias().replaceFirst("bias$", "*")));
        }
        activation = parts.activation();
        if (drawn) {
            dense = Linear.head(weights, hooks, parts.dense(), config.hidden(), config.hidden());
            norm = LayerNorm.drawn(weights, parts.norm(), config.hidden(), config.layerNormEpsilon());
            words = weights.parameters().get(embeddings);
            bias = weights.takeOrDraw(parts.bias(), config.vocabulary());
            modules = List.of(parts.dense(), parts.norm(), parts.bias().replaceFirst("\\.bias$", ""));
            return;
        }
        dense = Linear.pretrainedHead(weights, hooks, parts.dense(), config.hidden(), config.hidden());
        norm = LayerNorm.of(weights, parts.norm(), config.hidden(), config.layerNormEpsilon());
        words = tied
                ? weights.parameters().get(embeddings)
                : weights.take(parts.decoder() + ".weight", config.vocabulary(), config.hidden());
        bias = weights.take(parts.bias(), config.vocabulary());
        modules = List.of();
    }

    @Override
    public NDArray vocabularyLogits(NDArray hidden, boolean training) {
        NDArray inner = Ops.activation(activation, dense.apply(hidden, training));
        return Ops.linear(norm.apply(inner), words.value(), bias.value());
    }

    /** Where it came with the checkpoint, nothing of it is new. */
    @Override
    public List<String> modules() {
        return modules;
    }
}
