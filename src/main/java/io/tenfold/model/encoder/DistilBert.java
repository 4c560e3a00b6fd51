package io.tenfold.model.encoder;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
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

/** DistilBERT (Sanh et al. 2019, arXiv:1910.01108): no token types, no pooler, no dropout after attention. */
final class DistilBert implements Family {

    /** {@code config.json}; what is absent has Transformers' default. */
    record Config(
            @JsonProperty("vocab_size") @Nullable Integer vocabularySize,
            @JsonProperty("dim") @Nullable Integer hiddenSize,
            @JsonProperty("n_layers") @Nullable Integer numberOfLayers,
            @JsonProperty("n_heads") @Nullable Integer numberOfHeads,
            @JsonProperty("hidden_dim") @Nullable Integer intermediateSize,
            @JsonProperty("activation") @Nullable String activation,
            @JsonProperty("dropout") @Nullable Double dropout,
            @JsonProperty("attention_dropout") @Nullable Double attentionDropout,
            @JsonProperty("seq_classif_dropout") @Nullable Double classifierDropout,

            @JsonProperty("max_position_embeddings") @Nullable
            Integer maxPositions,

            @JsonProperty("initializer_range") @Nullable Double initializerRange) {}

    private static final double LAYER_NORM_EPSILON = 1e-12;

    @Override
    public String modelType() {
        return "distilbert";
    }

    @Override
    public String className() {
        return "DistilBert";
    }

    @Override
    public EncoderConfig config(JsonNode json, @Nullable Double dropout) {
        Config config = ConfigFile.as(json, Config.class);
        return new EncoderConfig(
                ConfigFile.or(config.vocabularySize(), 30522),
                ConfigFile.or(config.hiddenSize(), 768),
                ConfigFile.or(config.numberOfLayers(), 6),
                ConfigFile.or(config.numberOfHeads(), 12),
                ConfigFile.or(config.intermediateSize(), 4 * 768),
                config.activation() == null
                        ? Activation.GELU
                        : ConfigFile.activation("activation", config.activation()),
                0,
                dropout != null ? dropout : ConfigFile.or(config.dropout(), 0.1),
                dropout != null ? dropout : ConfigFile.or(config.attentionDropout(), 0.1),
                dropout != null ? dropout : ConfigFile.or(config.classifierDropout(), 0.2),
                ConfigFile.or(config.maxPositions(), 512),
                0,
                0,
                ConfigFile.or(config.initializerRange(), 0.02),
                LAYER_NORM_EPSILON);
    }

    @Override
    public LayerNames layer(int number) {
        String layer = prefix() + "transformer.layer." + number + ".";
        return new LayerNames(
                layer + "attention.q_lin",
                layer + "attention.k_lin",
                layer + "attention.v_lin",
                layer + "attention.out_lin",
                layer + "sa_layer_norm",
                layer + "ffn.lin1",
                layer + "ffn.lin2",
                layer + "output_layer_norm",
                layer + "attention",
                layer + "ffn");
    }

    @Override
    public MaskedLmHead.Parts maskedLm(EncoderConfig config) {
        return new MaskedLmHead.Parts(
                "vocab_transform", "vocab_layer_norm", "vocab_projector.bias", "vocab_projector", config.activation());
    }

    @Override
    public double tokenDropout(EncoderConfig config) {
        return config.hiddenDropout();
    }

    @Override
    public Head head(
            EncoderConfig config,
            HeadSpec spec,
            String prefix,
            Map<String, Linear> shared,
            Weights weights,
            ModelHooks hooks) {
        Linear inner = Linear.head(weights, hooks, prefix + "pre_classifier", config.hidden(), config.hidden());
        Linear classifier = Linear.head(weights, hooks, prefix + "classifier", config.hidden(), spec.outputs());
        Activation activation = hooks.headActivation(Activation.RELU);
        return new Head() {
            @Override
            public NDArray logits(NDArray first, boolean training) {
                NDArray pooled = Ops.activation(activation, inner.apply(first, training));
                return classifier.apply(Ops.dropout(pooled, training ? config.classifierDropout() : 0), training);
            }

            @Override
            public List<String> modules() {
                return List.of(prefix + "pre_classifier", prefix + "classifier");
            }
        };
    }
}
