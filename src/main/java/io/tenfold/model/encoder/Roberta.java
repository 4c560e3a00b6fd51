package io.tenfold.model.encoder;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.common.ConfigFile;
import io.tenfold.model.common.Head;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Ops;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** RoBERTa (Liu et al. 2019, arXiv:1907.11692): BERT's layers, positions that start after the padding's, no pooler. */
final class Roberta implements Family {

    private static final int VOCABULARY = 50265;
    private static final int PADDING = 1;

    @Override
    public String modelType() {
        return "roberta";
    }

    @Override
    public String className() {
        return "Roberta";
    }

    @Override
    public EncoderConfig config(JsonNode json, @Nullable Double dropout) {
        Bert.Config config = ConfigFile.as(json, Bert.Config.class);
        return config.common(VOCABULARY, ConfigFile.or(config.padTokenId(), PADDING) + 1, dropout);
    }

    @Override
    public LayerNames layer(int number) {
        return Bert.layer(prefix(), number);
    }

    @Override
    public MaskedLmHead.Parts maskedLm(EncoderConfig config) {
        return new MaskedLmHead.Parts(
                "lm_head.dense", "lm_head.layer_norm", "lm_head.bias", "lm_head.decoder", Activation.GELU);
    }

    @Override
    public Head head(
            EncoderConfig config,
            HeadSpec spec,
            String prefix,
            Map<String, Linear> shared,
            Weights weights,
            ModelHooks hooks) {
        Linear dense = Linear.head(weights, hooks, prefix + "classifier.dense", config.hidden(), config.hidden());
        Linear output = Linear.head(weights, hooks, prefix + "classifier.out_proj", config.hidden(), spec.outputs());
        Activation activation = hooks.headActivation(Activation.TANH);
        return new Head() {
            @Override
            public NDArray logits(NDArray first, boolean training) {
                double rate = training ? config.classifierDropout() : 0;
                NDArray inner = Ops.activation(activation, dense.apply(Ops.dropout(first, rate), training));
                return output.apply(Ops.dropout(inner, rate), training);
            }

            @Override
            public List<String> modules() {
                return List.of(prefix + "classifier");
            }
        };
    }
}
