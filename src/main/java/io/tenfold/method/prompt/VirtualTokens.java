package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.EmbeddingsOp;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.TokenRows;
import org.jspecify.annotations.Nullable;

/** Puts virtual tokens before each row. Their encoder needs the model's sizes and words, so it comes once that is built. */
final class VirtualTokens implements ModelHooks, EmbeddingsOp {

    private final int count;
    private @Nullable TokenEncoder encoder;

    VirtualTokens(int count) {
        this.count = count;
    }

    /** What computes them from now on. */
    void encodedBy(TokenEncoder own) {
        encoder = own;
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
        if (encoder == null) {
            throw new IllegalStateException("the virtual tokens have no encoder yet");
        }
        return encoder.embeddings(rows.scope(), training);
    }
}
