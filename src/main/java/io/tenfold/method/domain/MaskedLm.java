package io.tenfold.method.domain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.TokenRows;
import io.tenfold.train.LoopHooks;
import io.tenfold.train.Objective;
import java.util.List;

/** The cross-entropy of the words at masked places, each of them a unit; the vocabulary is scored there alone. */
final class MaskedLm implements Objective, LoopHooks {

    private final Network network;
    private final Masking masking;
    private long step = 1;

    /** @param network with a masked-LM head */
    MaskedLm(Network network, Masking masking) {
        this.network = network;
        this.masking = masking;
    }

    @Override
    public void beforeStep(long now, long totalSteps) {
        step = now;
    }

    @Override
    public NDArray lossSum(Batch batch, boolean training) {
        int[] rows = batch.rows();
        Masking.Row[] masked = new Masking.Row[rows.length];
        int[][] types = new int[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            masked[i] = masking.of(step, rows[i], batch.set().ids(rows[i]));
            types[i] = batch.set().types(rows[i]);
        }
        return lossSum(network, batch.scope(), List.of(masked), types, training);
    }

    /** The same of rows that are masked already. */
    static NDArray lossSum(Network network, NDManager scope, List<Masking.Row> rows, int[][] types, boolean training) {
        TokenRows tokens =
                TokenRows.of(scope, rows.stream().map(Masking.Row::ids).toArray(int[][]::new), types);
        NDArray hidden = network.hidden(tokens, training);
        long[] words = rows.stream()
                .flatMapToInt(row -> java.util.Arrays.stream(row.words()))
                .asLongStream()
                .toArray();
        if (words.length == 0) {
            // Rows of special tokens alone: nothing to learn, but a number that gradients can start from.
            return hidden.sum().mul(0);
        }
        NDArray places = tokens.places(rows.stream().map(Masking.Row::places).toArray(int[][]::new));
        return Ops.crossEntropySum(network.vocabularyLogits(Ops.rows(hidden, places), training), scope.create(words));
    }

    @Override
    public long units(TokenizedSet set, int[] rows) {
        long places = 0;
        for (int row : rows) {
            places += masking.count(step, row, set.ids(row));
        }
        return places;
    }
}
