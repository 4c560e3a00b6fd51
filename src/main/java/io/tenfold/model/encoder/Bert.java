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

/** BERT (Devlin et al. 2018, arXiv:1810.04805) with its pooler. */
final class Bert implements Family {

    /** BERT's and RoBERTa's {@code config.json}; what is absent has Transformers' default. */
    record Config(
            @JsonProperty("vocab_size") @Nullable Integer vocabularySize,
            @JsonProperty("hidden_size") @Nullable Integer hiddenSize,
            @JsonProperty("num_hidden_layers") @Nullable Integer numberOfLayers,
            @JsonProperty("num_attention_heads") @Nullable Integer numberOfHeads,
            @JsonProperty("intermediate_size") @Nullable Integer intermediateSize,
            @JsonProperty("hidden_act") @Nullable String activation,
            @JsonProperty("hidden_dropout_prob") @Nullable Double hiddenDropout,

            @JsonProperty("attention_probs_dropout_prob") @Nullable
            Double attentionDropout,

            @JsonProperty("classifier_dropout") @Nullable Double classifierDropout,

            @JsonProperty("max_position_embeddings") @Nullable
            Integer maxPositions,

            @JsonProperty("type_vocab_size") @Nullable Integer typeVocabularySize,
            @JsonProperty("initializer_range") @Nullable Double initializerRange,
            @JsonProperty("layer_norm_eps") @Nullable Double layerNormEpsilon,

            @JsonProperty("position_embedding_type") @Nullable
            String positionEmbeddingType,

            @JsonProperty("pad_token_id") @Nullable Integer padTokenId) {

        EncoderConfig common(int vocabulary, int firstPosition, @Nullable Double dropout) {
            if (positionEmbeddingType != null && !positionEmbeddingType.equals("absolute")) {
                throw ConfigFile.bad(
                        "position_embedding_type is %s; only absolute is known".formatted(positionEmbeddingType));
            }
            double hiddenRate = dropout != null ? dropout : ConfigFile.or(hiddenDropout, 0.1);
            double ownClassifierRate = classifierDropout != null ? classifierDropout : hiddenRate;
            return new EncoderConfig(
                    ConfigFile.or(vocabularySize, vocabulary),
                    ConfigFile.or(hiddenSize, 768),
                    ConfigFile.or(numberOfLayers, 12),
                    ConfigFile.or(numberOfHeads, 12),
                    ConfigFile.or(intermediateSize, 3072),
                    activation == null ? Activation.GELU : ConfigFile.activation("hidden_act", activation),
                    hiddenRate,
                    hiddenRate,
                    dropout != null ? dropout : ConfigFile.or(attentionDropout, 0.1),
                    dropout != null ? dropout : ownClassifierRate,
                    ConfigFile.or(maxPositions, 512),
                    firstPosition,
                    ConfigFile.or(typeVocabularySize, 2),
                    ConfigFile.or(initializerRange, 0.02),
                    ConfigFile.or(layerNormEpsilon, 1e-12));
        }
    }

    private static final int VOCABULARY = 30522;

    @Override
    public String modelType() {
        return "bert";
    }

    @Override
    public String className() {
        return "Bert";
    }

    @Override
    public EncoderConfig config(JsonNode json, @Nullable Double dropout) {
        return ConfigFile.as(json, Config.class).common(VOCABULARY, 0, dropout);
    }

    @Override
    public LayerNames layer(int number) {
        return layer(prefix(), number);
    }

    /** RoBERTa's layers have the same names under another prefix. */
    static LayerNames layer(String prefix, int number) {
        String layer = prefix + "encoder.layer." + number + ".";
        return new LayerNames(
                layer + "attention.self.query",
                layer + "attention.self.key",
                layer + "attention.self.value",
                layer + "attention.output.dense",
                layer + "attention.output.LayerNorm",
                layer + "intermediate.dense",
                layer + "output.dense",
                layer + "output.LayerNorm",
                layer + "attention.output",
                layer + "output");
    }

    @Override
    public MaskedLmHead.Parts maskedLm(EncoderConfig config) {
        return new MaskedLmHead.Parts(
                "cls.predictions.transform.dense",
                "cls.predictions.transform.LayerNorm",
                "cls.predictions.bias",
                "cls.predictions.decoder",
                config.activation());
    }

    @Override
    public Head head(
            EncoderConfig config,
            HeadSpec spec,
            String prefix,
            Map<String, Linear> shared,
            Weights weights,
            ModelHooks hooks) {
        Linear pooler = shared.computeIfAbsent(
                "bert.pooler.dense", name -> Linear.pooler(weights, hooks, name, config.hidden(), config.hidden()));
        Linear classifier = Linear.head(weights, hooks, prefix + "classifier", config.hidden(), spec.outputs());
        Activation activation = hooks.headActivation(Activation.TANH);
        return new Head() {
            @Override
            public NDArray logits(NDArray first, boolean training) {
                NDArray pooled = Ops.activation(activation, pooler.apply(first, training));
                return classifier.apply(Ops.dropout(pooled, training ? config.classifierDropout() : 0), training);
            }

            @Override
            public List<String> modules() {
                return List.of(prefix + "classifier", "bert.pooler");
            }
        };
    }
}
