package io.tenfold.model.encoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.EmbeddingsOp;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.common.InputLayer;
import io.tenfold.model.common.LayerNorm;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.TokenRows;
import org.jspecify.annotations.Nullable;

/** Words, positions and token types, summed, normalised, dropped out. */
final class Embeddings implements InputLayer {

    private final EncoderConfig config;
    private final Parameter words;
    private final Parameter positions;
    private final @Nullable Parameter types;
    private final LayerNorm norm;
    private final @Nullable EmbeddingsOp virtual;

    Embeddings(EncoderConfig config, String prefix, Weights weights, ModelHooks hooks) {
        this.config = config;
        String name = prefix + "embeddings.";
        words = weights.take(name + "word_embeddings.weight", config.vocabulary(), config.hidden());
        positions = weights.take(name + "position_embeddings.weight", config.positions(), config.hidden());
        types = config.types() == 0
                ? null
                : weights.take(name + "token_type_embeddings.weight", config.types(), config.hidden());
        norm = LayerNorm.of(weights, name + "LayerNorm", config.hidden(), config.layerNormEpsilon());
        virtual = hooks.embeddings();
    }

    @Override
    public Parameter words() {
        return words;
    }

    @Override
    public int virtualTokens() {
        return virtual == null ? 0 : virtual.virtualTokens();
    }

    @Override
    public TokenRows layout(TokenRows text) {
        return virtual == null ? text : text.withVirtualTokens(virtual.virtualTokens());
    }

    @Override
    public NDArray apply(TokenRows text, TokenRows rows, int firstPosition, boolean training) {
        NDArray x = Ops.embedding(text.ids(), words);
        if (virtual != null) {
            x = Ops.prepend(x, virtual.embeddings(text, training), rows.virtualOrText());
        }
        if (types != null) {
            x = Ops.add(x, Ops.embedding(rows.types(), types));
        }
        int offset = config.firstPosition() + firstPosition;
        NDArray places = offset == 0 ? rows.positions() : rows.positions().add((long) offset);
        x = Ops.add(x, Ops.embedding(places, positions));
        return Ops.dropout(norm.apply(x), training ? config.hiddenDropout() : 0);
    }
}
