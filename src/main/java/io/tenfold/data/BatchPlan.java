package io.tenfold.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which rows stand in which batch. The plan follows from its four numbers alone: batch {@code n} (from 0, over all epochs)
 * has the same rows whether a job ran through or was resumed, so there is no position to save.
 */
public final class BatchPlan {

    private final int rows;
    private final int batchSize;
    private final long seed;
    private final boolean shuffle;
    private volatile @Nullable Epoch last;

    /** The order of one epoch. */
    private static final class Epoch {
        final long number;
        final int[] order;

        Epoch(long number, int[] order) {
            this.number = number;
            this.order = order;
        }
    }

    /**
     * @param rows at least 1
     * @param batchSize rows in a batch, at least 1; the last one of an epoch may have fewer
     * @param seed decides, with the epoch's number, the order
     * @param shuffle false: file order in every epoch
     */
    public BatchPlan(int rows, int batchSize, long seed, boolean shuffle) {
        if (rows < 1 || batchSize < 1) {
            throw new IllegalArgumentException(
                    "%d rows in batches of %d; both must be at least 1".formatted(rows, batchSize));
        }
        this.rows = rows;
        this.batchSize = batchSize;
        this.seed = seed;
        this.shuffle = shuffle;
    }

    /** File order: what evaluation uses. */
    public static BatchPlan inFileOrder(int rows, int batchSize) {
        return new BatchPlan(rows, batchSize, 0, false);
    }

    /** Batches in one epoch. */
    public int batchesPerEpoch() {
        return (rows - 1) / batchSize + 1;
    }

    /** The rows of batch {@code number}, counted from 0 over all epochs. */
    public int[] batch(long number) {
        int inEpoch = (int) (number % batchesPerEpoch());
        int from = inEpoch * batchSize;
        int[] order = order(number / batchesPerEpoch());
        return Arrays.copyOfRange(order, from, Math.min(rows, from + batchSize));
    }

    /** All batches of an epoch (from 0), each an array of rows. */
    public int[][] batches(long epoch) {
        int[][] batches = new int[batchesPerEpoch()][];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = batch(epoch * batches.length + i);
        }
        return batches;
    }

    private int[] order(long epoch) {
        Epoch known = last;
        if (known == null || known.number != epoch) {
            known = new Epoch(epoch, permutation(epoch));
            last = known;
        }
        return known.order;
    }

    /** Fisher and Yates' shuffle (Durstenfeld 1964), drawn from SplitMix64 (Steele 2014): the same on every JDK. */
    private int[] permutation(long epoch) {
        int[] order = new int[rows];
        for (int i = 0; i < rows; i++) {
            order[i] = i;
        }
        if (!shuffle) {
            return order;
        }
        long state = mix(mix(seed) + epoch);
        for (int i = rows - 1; i > 0; i--) {
            state += 0x9E3779B97F4A7C15L;
            // The high word of a 64-bit product with i + 1: uniform but for less than 2^-33.
            int j = (int) Math.unsignedMultiplyHigh(mix(state), i + 1L);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    private static long mix(long value) {
        long mixed = value + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
