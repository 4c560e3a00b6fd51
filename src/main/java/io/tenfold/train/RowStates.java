package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.TokenRows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The hidden states of a set's rows after a network's lowest layers, each computed when it is first asked for, dropout
 * off, and kept. Rows are computed in fixed groups, since the last bits of a product depend on how many rows it has: what
 * a row's states are does not depend on when, or on which side of a resumption, they are asked for.
 */
final class RowStates {

    private final int layers;
    private final TokenizedSet set;
    private final SpillingMemory memory;
    private final int[][] groups;
    private final int[] groupOf;
    private final long[] places;
    private final @Nullable MemorySegment[] kept;

    /**
     * @param layers how many, from 1 to all of the network's
     * @param groups the rows, each in one group
     */
    RowStates(int layers, TokenizedSet set, int[][] groups, SpillingMemory memory) {
        this.layers = layers;
        this.set = set;
        this.groups = groups;
        this.memory = memory;
        groupOf = new int[set.size()];
        places = new long[set.size()];
        kept = new MemorySegment[groups.length];
        for (int group = 0; group < groups.length; group++) {
            for (int row : groups[group]) {
                groupOf[row] = group;
            }
        }
    }

    /** The bytes that a set's states will take. */
    static long bytes(Network network, int layers, TokenizedSet set) {
        long vectors = 0;
        for (int row = 0; row < set.size(); row++) {
            vectors += vectors(network, layers, set, row);
        }
        return vectors * width(network);
    }

    /** Of all layers most heads read the first token alone. */
    private static int vectors(Network network, int layers, TokenizedSet set, int row) {
        return firstAlone(network, layers) ? 1 : set.ids(row).length;
    }

    private static boolean firstAlone(Network network, int layers) {
        return layers == network.layers() && network.heads().values().stream().noneMatch(HeadSpec::readsEveryToken);
    }

    private static long width(Network network) {
        return (long) network.hiddenSize() * Float.BYTES;
    }

    /**
     * The states of a batch of the set, as {@link Network#hiddenAfter} gives them, in the batch's scope.
     *
     * @param network the one that the states are of, or another with the same lowest layers
     */
    NDArray of(Batch batch, Network network) {
        NDManager scope = batch.tokens().scope();
        int[] rows = batch.rows();
        long[] starts = starts(batch.tokens(), network);
        long width = width(network);
        int vectors = firstAlone(network, layers) ? rows.length : batch.tokens().tokens();
        ByteBuffer states =
                ByteBuffer.allocateDirect(Math.toIntExact(vectors * width)).order(ByteOrder.nativeOrder());
        MemorySegment into = MemorySegment.ofBuffer(states);
        for (int i = 0; i < rows.length; i++) {
            MemorySegment from = group(groupOf[rows[i]], scope, network);
            long size = vectors(network, layers, set, rows[i]) * width;
            MemorySegment.copy(from, places[rows[i]] * width, into, starts[i] * width, size);
        }
        return scope.create(states, new Shape(vectors, network.hiddenSize()), DataType.FLOAT32);
    }

    /** Where each row's states begin, in the rows' own order. */
    private long[] starts(TokenRows rows, Network network) {
        if (!firstAlone(network, layers)) {
            return rows.first().toLongArray();
        }
        long[] starts = new long[rows.rows()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = i;
        }
        return starts;
    }

    private MemorySegment group(int number, NDManager parent, Network network) {
        MemorySegment known = kept[number];
        if (known != null) {
            return known;
        }
        try (NDManager scope = parent.newSubManager()) {
            TokenRows rows = Batch.of(scope, set, groups[number]).tokens();
            MemorySegment computed =
                    memory.keep(network.hiddenAfter(layers, rows, false).toByteBuffer());
            long[] starts = starts(rows, network);
            for (int i = 0; i < starts.length; i++) {
                places[groups[number][i]] = starts[i];
            }
            kept[number] = computed;
            return computed;
        }
    }
}
