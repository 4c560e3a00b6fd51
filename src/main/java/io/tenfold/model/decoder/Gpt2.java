package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.SublayerSite;
import io.tenfold.model.common.ConfigFile;
import io.tenfold.model.common.LayerNorm;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.ResidualEnd;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Ops;
import java.util.Collections;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** GPT-2 (Radford et al. 2019): learned positions, one layer for queries, keys and values, weights that files keep transposed. */
final class Gpt2 implements DecoderFamily {

    /** {@code config.json}; what is absent has Transformers' default. */
    record Config(
            @JsonProperty("vocab_size") @Nullable Integer vocabularySize,
            @JsonProperty("n_positions") @Nullable Integer positions,
            @JsonProperty("n_embd") @Nullable Integer hiddenSize,
            @JsonProperty("n_layer") @Nullable Integer numberOfLayers,
            @JsonProperty("n_head") @Nullable Integer numberOfHeads,
            @JsonProperty("n_inner") @Nullable Integer innerSize,
            @JsonProperty("activation_function") @Nullable String activation,
            @JsonProperty("resid_pdrop") @Nullable Double residualDropout,
            @JsonProperty("embd_pdrop") @Nullable Double embeddingDropout,
            @JsonProperty("attn_pdrop") @Nullable Double attentionDropout,
            @JsonProperty("classifier_dropout") @Nullable Double classifierDropout,
            @JsonProperty("hidden_dropout") @Nullable Double hiddenDropout,
            @JsonProperty("layer_norm_epsilon") @Nullable Double epsilon,
            @JsonProperty("initializer_range") @Nullable Double initializerRange,
            @JsonProperty("scale_attn_weights") @Nullable Boolean scaled,

            @JsonProperty("scale_attn_by_inverse_layer_idx") @Nullable
            Boolean scaledByLayer,

            @JsonProperty("tie_word_embeddings") @Nullable Boolean tied) {}

    @Override
    public String modelType() {
        return "gpt2";
    }

    @Override
    public String className() {
        return "GPT2";
    }

    @Override
    public String className(HeadSpec spec) {
        return spec.vocabulary() ? "GPT2LMHeadModel" : DecoderFamily.super.className(spec);
    }

    @Override
    public String prefix() {
        return "transformer.";
    }

    @Override
    public String tokenClassifier() {
        return "classifier";
    }

    @Override
    public int endOfText() {
        return 50_256;
    }

    @Override
    public DecoderConfig config(JsonNode json, @Nullable Double dropout) {
        Config config = ConfigFile.as(json, Config.class);
        int hidden = ConfigFile.or(config.hiddenSize(), 768);
        int heads = ConfigFile.or(config.numberOfHeads(), 12);
        int layers = ConfigFile.or(config.numberOfLayers(), 12);
        if (heads < 1 || hidden % heads != 0) {
            throw new IllegalArgumentException(
                    "hidden size %d is not a multiple of the %d attention heads".formatted(hidden, heads));
        }
        return new DecoderConfig(
                ConfigFile.or(config.vocabularySize(), 50_257),
                hidden,
                layers,
                heads,
                heads,
                hidden / heads,
                ConfigFile.or(config.innerSize(), 4 * hidden),
                config.activation() == null
                        ? Activation.GELU_TANH
                        : ConfigFile.activation("activation_function", config.activation()),
                ConfigFile.or(config.epsilon(), 1e-5),
                ConfigFile.or(config.positions(), 1024),
                Collections.nCopies(Math.max(0, layers), 0),
                null,
                new DecoderConfig.Scale(
                        !Boolean.FALSE.equals(config.scaled()), Boolean.TRUE.equals(config.scaledByLayer())),
                dropouts(config, dropout),
                DecoderConfig.Extras.NONE,
                !Boolean.FALSE.equals(config.tied()),
                ConfigFile.or(config.initializerRange(), 0.02));
    }

    private static DecoderConfig.Dropouts dropouts(Config config, @Nullable Double dropout) {
        if (dropout != null) {
            return new DecoderConfig.Dropouts(dropout, dropout, dropout, dropout);
        }
        return new DecoderConfig.Dropouts(
                ConfigFile.or(config.embeddingDropout(), 0.1),
                ConfigFile.or(config.attentionDropout(), 0.1),
                ConfigFile.or(config.residualDropout(), 0.1),
                ConfigFile.or(config.classifierDropout(), ConfigFile.or(config.hiddenDropout(), 0.1)));
    }

    @Override
    public DecoderInput input(DecoderConfig config, Weights weights, ModelHooks hooks) {
        return new DecoderInput(
                weights.take(prefix() + "wte.weight", config.vocabulary(), config.hidden()),
                weights.take(prefix() + "wpe.weight", config.positions(), config.hidden()),
                config.dropouts().embeddings(),
                hooks);
    }

    @Override
    public DecoderLayer layer(
            DecoderConfig config, int number, @Nullable Rotary rotary, Weights weights, ModelHooks hooks) {
        String name = prefix() + "h." + number + ".";
        int hidden = config.hidden();
        LayerNorm attentionNorm = LayerNorm.of(weights, name + "ln_1", hidden, config.epsilon());
        Projections projections = new OneLayer(
                hidden,
                Linear.transposed(weights, hooks, name + "attn.c_attn", number, hidden, 3L * hidden),
                Linear.transposed(weights, hooks, name + "attn.c_proj", number, hidden, hidden));
        LayerNorm feedForwardNorm = LayerNorm.of(weights, name + "ln_2", hidden, config.epsilon());
        FeedForward feedForward = FeedForward.plain(
                Linear.transposed(weights, hooks, name + "mlp.c_fc", number, hidden, config.intermediate()),
                config.activation(),
                Linear.transposed(weights, hooks, name + "mlp.c_proj", number, config.intermediate(), hidden));
        return new DecoderLayer(
                attentionNorm::apply,
                new SelfAttention(config, number, projections, rotary, hooks),
                new ResidualEnd(
                        new SublayerSite(name + "attention_adapters", number, SublayerSite.Kind.ATTENTION, hidden),
                        config.dropouts().residual(),
                        hooks),
                feedForwardNorm::apply,
                feedForward,
                new ResidualEnd(
                        new SublayerSite(name + "output_adapters", number, SublayerSite.Kind.FEED_FORWARD, hidden),
                        config.dropouts().residual(),
                        hooks));
    }

    @Override
    public UnaryOperator<NDArray> end(DecoderConfig config, Weights weights) {
        return LayerNorm.of(weights, prefix() + "ln_f", config.hidden(), config.epsilon())::apply;
    }

    /** Queries, keys and values side by side. */
    private record OneLayer(int hidden, Linear input, Linear output) implements Projections {

        @Override
        public Qkv apply(NDArray x, boolean training) {
            NDArray all = input.apply(x, training);
            return new Qkv(
                    Ops.columns(all, 0, hidden),
                    Ops.columns(all, hidden, hidden),
                    Ops.columns(all, 2 * hidden, hidden));
        }

        @Override
        public Qkv applyWithQueriesAt(NDArray places, NDArray x, boolean training) {
            Qkv all = apply(x, training);
            return new Qkv(Ops.rows(all.q(), places), all.k(), all.v());
        }

        @Override
        public NDArray output(NDArray attended, boolean training) {
            return output.apply(attended, training);
        }
    }
}
