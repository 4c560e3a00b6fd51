package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.EmbeddingsOp;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.common.InputLayer;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.TokenRows;
import org.jspecify.annotations.Nullable;

/** Words, with learned positions or, where positions are rotary, alone; dropped out. */
final class DecoderInput implements InputLayer {

    private final Parameter words;
    private final @Nullable Parameter positions;
    private final double dropout;
    private final @Nullable EmbeddingsOp virtual;

    DecoderInput(Parameter words, @Nullable Parameter positions, double dropout, ModelHooks hooks) {
        this.words = words;
        this.positions = positions;
        this.dropout = dropout;
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
        NDArray places =
                firstPosition == 0 ? rows.positions() : rows.positions().add((long) firstPosition);
        return Ops.dropout(placed(x, places), training ? dropout : 0);
    }

    /**
     * Embeds tokens that are somewhere in their rows; virtual ones are not put before them.
     *
     * @param ids [n], int64
     * @param places [n], int64
     * @return [n, hidden]
     */
    NDArray next(NDArray ids, NDArray places) {
        return placed(Ops.embedding(ids, words), places);
    }

    private NDArray placed(NDArray x, NDArray places) {
        return positions == null ? x : Ops.add(x, Ops.embedding(places, positions));
    }
}
