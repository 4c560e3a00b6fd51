package io.tenfold.method.prefix;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.PrefixOp;
import io.tenfold.tensor.TokenRows;
import org.jspecify.annotations.Nullable;

/** Gives every layer its prefix. Their encoder needs the model's sizes, so it comes once that is built. */
final class PrefixHooks implements ModelHooks {

    private final int count;
    private @Nullable PrefixEncoder encoder;

    PrefixHooks(int count) {
        this.count = count;
    }

    /** What computes them from now on. */
    void encodedBy(PrefixEncoder own) {
        encoder = own;
    }

    private PrefixEncoder encoder() {
        if (encoder == null) {
            throw new IllegalStateException("the prefixes have no encoder yet");
        }
        return encoder;
    }

    @Override
    public PrefixOp prefix(int layer) {
        return new PrefixOp() {
            @Override
            public int virtualTokens() {
                return count;
            }

            @Override
            public NDArray keys(TokenRows rows, boolean training) {
                return encoder().keys(rows.scope(), layer);
            }

            @Override
            public NDArray values(TokenRows rows, boolean training) {
                return encoder().values(rows.scope(), layer);
            }
        };
    }
}
