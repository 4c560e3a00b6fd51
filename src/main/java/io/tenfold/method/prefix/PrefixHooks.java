package io.tenfold.method.prefix;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.PrefixOp;
import io.tenfold.tensor.TokenRows;
import io.tenfold.train.Late;

/** Gives every layer its prefix. Their encoder needs the model's sizes, so it comes once that is built. */
final class PrefixHooks implements ModelHooks {

    private final int count;
    private final Late<PrefixEncoder> encoder = new Late<>();

    PrefixHooks(int count) {
        this.count = count;
    }

    /** What computes them from now on. */
    void encodedBy(PrefixEncoder own) {
        encoder.set(own);
    }

    @Override
    public boolean beginsPlain() {
        return false;
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
                return encoder.get().keys(rows.scope(), layer);
            }

            @Override
            public NDArray values(TokenRows rows, boolean training) {
                return encoder.get().values(rows.scope(), layer);
            }
        };
    }
}
