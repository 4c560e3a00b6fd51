package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.EmbeddingsOp;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.TokenRows;
import io.tenfold.train.Late;

/** Puts virtual tokens before each row. Their encoder needs the model's sizes and words, so it comes once that is built. */
final class VirtualTokens implements ModelHooks, EmbeddingsOp {

    private final int count;
    private final Late<TokenEncoder> encoder = new Late<>();

    VirtualTokens(int count) {
        this.count = count;
    }

    /** What computes them from now on. */
    void encodedBy(TokenEncoder own) {
        encoder.set(own);
    }

    @Override
    public boolean beginsPlain() {
        return false;
    }

    @Override
    public EmbeddingsOp embeddings() {
        return this;
    }

    @Override
    public int virtualTokens() {
        return count;
    }

    @Override
    public NDArray embeddings(TokenRows rows, boolean training) {
        return encoder.get().embeddings(rows.scope(), training);
    }
}
