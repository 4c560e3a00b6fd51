package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.SublayerSite;
import io.tenfold.model.common.ConfigFile;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.ResidualEnd;
import io.tenfold.model.common.RmsNorm;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Ops;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Llama (Touvron et al. 2023, arXiv:2302.13971; Grattafiori et al. 2024, arXiv:2407.21783) and those built like it, which
 * differ in biases, windows and head norms: see {@link Kin}.
 */
final class Llama implements DecoderFamily {

    /** {@code config.json} of all of them; what is absent has Transformers' default. */
    record Config(
            @JsonProperty("vocab_size") @Nullable Integer vocabularySize,
            @JsonProperty("hidden_size") @Nullable Integer hiddenSize,
            @JsonProperty("intermediate_size") @Nullable Integer intermediateSize,
            @JsonProperty("num_hidden_layers") @Nullable Integer numberOfLayers,
            @JsonProperty("num_attention_heads") @Nullable Integer numberOfHeads,
            @JsonProperty("num_key_value_heads") @Nullable Integer numberOfKeyHeads,
            @JsonProperty("head_dim") @Nullable Integer headSize,
            @JsonProperty("hidden_act") @Nullable String activation,

            @JsonProperty("max_position_embeddings") @Nullable
            Integer maxPositions,

            @JsonProperty("initializer_range") @Nullable Double initializerRange,
            @JsonProperty("rms_norm_eps") @Nullable Double epsilon,
            @JsonProperty("tie_word_embeddings") @Nullable Boolean tied,
            @JsonProperty("attention_bias") @Nullable Boolean attentionBias,
            @JsonProperty("mlp_bias") @Nullable Boolean feedForwardBias,
            @JsonProperty("attention_dropout") @Nullable Double attentionDropout,
            @JsonProperty("classifier_dropout") @Nullable Double classifierDropout,
            @JsonProperty("hidden_dropout") @Nullable Double hiddenDropout,
            @JsonProperty("sliding_window") @Nullable Integer window,
            @JsonProperty("use_sliding_window") @Nullable Boolean usesWindow,
            @JsonProperty("max_window_layers") @Nullable Integer maxWindowLayers,
            @JsonProperty("layer_types") @Nullable List<String> layerTypes) {}

    private final Kin kin;

    Llama(Kin kin) {
        this.kin = kin;
    }

    @Override
    public String modelType() {
        return kin.modelType();
    }

    @Override
    public String className() {
        return kin.className();
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public int endOfText() {
        return kin.endOfText();
    }

    @Override
    public DecoderConfig config(JsonNode json, @Nullable Double dropout) {
        Config config = ConfigFile.as(json, Config.class);
        int hidden = ConfigFile.or(config.hiddenSize(), 4096);
        int layers = ConfigFile.or(config.numberOfLayers(), 32);
        int heads = ConfigFile.or(config.numberOfHeads(), 32);
        int headSize = headSize(config, hidden, heads);
        int positions = ConfigFile.or(config.maxPositions(), kin.positions());
        return new DecoderConfig(
                ConfigFile.or(config.vocabularySize(), kin.vocabulary()),
                hidden,
                layers,
                heads,
                json.has("num_key_value_heads") ? ConfigFile.or(config.numberOfKeyHeads(), heads) : kin.keyHeads(heads),
                headSize,
                ConfigFile.or(config.intermediateSize(), kin.intermediate()),
                config.activation() == null
                        ? Activation.SILU
                        : ConfigFile.activation("hidden_act", config.activation()),
                ConfigFile.or(config.epsilon(), 1e-6),
                positions,
                kin.windows(json, config, layers),
                RotaryConfig.of(json, headSize, positions),
                DecoderConfig.Scale.USUAL,
                dropouts(config, dropout),
                kin.extras(config),
                Boolean.TRUE.equals(config.tied()),
                ConfigFile.or(config.initializerRange(), 0.02));
    }

    private int headSize(Config config, int hidden, int heads) {
        Integer given = config.headSize();
        if (given != null) {
            return given;
        }
        if (kin == Kin.QWEN3) {
            return Kin.QWEN3_HEAD;
        }
        if (heads < 1 || hidden % heads != 0) {
            throw new IllegalArgumentException(
                    "hidden size %d is not a multiple of the %d attention heads, and head_dim is left out"
                            .formatted(hidden, heads));
        }
        return hidden / heads;
    }

    private static DecoderConfig.Dropouts dropouts(Config config, @Nullable Double dropout) {
        if (dropout != null) {
            return new DecoderConfig.Dropouts(0, dropout, 0, dropout);
        }
        return new DecoderConfig.Dropouts(
                0,
                ConfigFile.or(config.attentionDropout(), 0),
                0,
                ConfigFile.or(config.classifierDropout(), ConfigFile.or(config.hiddenDropout(), 0.1)));
    }

    @Override
    public DecoderInput input(DecoderConfig config, Weights weights, ModelHooks hooks) {
        return new DecoderInput(
                weights.take(prefix() + "embed_tokens.weight", config.vocabulary(), config.hidden()), null, 0, hooks);
    }

    @Override
    public DecoderLayer layer(
            DecoderConfig config, int number, @Nullable Rotary rotary, Weights weights, ModelHooks hooks) {
        String name = prefix() + "layers." + number + ".";
        Projections projections = ThreeLayers.of(config, name + "self_attn.", number, weights, hooks);
        FeedForward feedForward = feedForward(config, name + "mlp.", number, weights, hooks);
        RmsNorm attentionNorm = RmsNorm.of(weights, name + "input_layernorm", config.hidden(), config.epsilon());
        RmsNorm feedForwardNorm =
                RmsNorm.of(weights, name + "post_attention_layernorm", config.hidden(), config.epsilon());
        return new DecoderLayer(
                attentionNorm::apply,
                new SelfAttention(config, number, projections, rotary, hooks),
                end(config, name + "attention_adapters", number, SublayerSite.Kind.ATTENTION, hooks),
                feedForwardNorm::apply,
                feedForward,
                end(config, name + "output_adapters", number, SublayerSite.Kind.FEED_FORWARD, hooks));
    }

    private static FeedForward feedForward(
            DecoderConfig config, String name, int layer, Weights weights, ModelHooks hooks) {
        boolean bias = config.extras().feedForwardBias();
        int hidden = config.hidden();
        int inner = config.intermediate();
        Linear gate = Linear.of(weights, hooks, name + "gate_proj", layer, hidden, inner, bias);
        Linear up = Linear.of(weights, hooks, name + "up_proj", layer, hidden, inner, bias);
        Linear down = Linear.of(weights, hooks, name + "down_proj", layer, inner, hidden, bias);
        return FeedForward.gated(gate, up, config.activation(), down);
    }

    private static ResidualEnd end(
            DecoderConfig config, String name, int layer, SublayerSite.Kind kind, ModelHooks hooks) {
        SublayerSite site = new SublayerSite(name, layer, kind, config.hidden());
        return new ResidualEnd(site, config.dropouts().residual(), hooks);
    }

    @Override
    public UnaryOperator<NDArray> end(DecoderConfig config, Weights weights) {
        return RmsNorm.of(weights, prefix() + "norm", config.hidden(), config.epsilon())::apply;
    }

    /** A layer each for queries, keys and values, with a norm of each head in Qwen3. */
    private record ThreeLayers(
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            @Nullable RmsNorm queryNorm,
            @Nullable RmsNorm keyNorm)
            implements Projections {

        static ThreeLayers of(DecoderConfig config, String name, int layer, Weights weights, ModelHooks hooks) {
            DecoderConfig.Extras extras = config.extras();
            int hidden = config.hidden();
            int keys = config.keyWidth();
            return new ThreeLayers(
                    Linear.of(weights, hooks, name + "q_proj", layer, hidden, config.queryWidth(), extras.inputBias()),
                    Linear.of(weights, hooks, name + "k_proj", layer, hidden, keys, extras.inputBias()),
                    Linear.of(weights, hooks, name + "v_proj", layer, hidden, keys, extras.inputBias()),
                    Linear.of(weights, hooks, name + "o_proj", layer, config.queryWidth(), hidden, extras.outputBias()),
                    extras.headNorms()
                            ? RmsNorm.of(weights, name + "q_norm", config.headSize(), config.epsilon())
                            : null,
                    extras.headNorms()
                            ? RmsNorm.of(weights, name + "k_norm", config.headSize(), config.epsilon())
                            : null);
        }

        @Override
        public Qkv apply(NDArray x, boolean training) {
            return qkv(x, x, training);
        }

        @Override
        public Qkv applyWithQueriesAt(NDArray places, NDArray x, boolean training) {
            return qkv(Ops.rows(x, places), x, training);
        }

        private Qkv qkv(NDArray asking, NDArray x, boolean training) {
            NDArray q = normed(query.apply(asking, training), queryNorm);
            NDArray k = normed(key.apply(x, training), keyNorm);
            return new Qkv(q, k, value.apply(x, training));
        }

        private static NDArray normed(NDArray x, @Nullable RmsNorm norm) {
            return norm == null ? x : norm.applyToHeads(x);
        }

        @Override
        public NDArray output(NDArray attended, boolean training) {
            return output.apply(attended, training);
        }
    }
}
