package io.tenfold.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BatchPlanTest {

    @Property(tries = 200)
    void everyEpochHasEveryRowOnce(
            @ForAll @IntRange(min = 1, max = 500) int rows,
            @ForAll @IntRange(min = 1, max = 64) int batchSize,
            @ForAll long seed,
            @ForAll boolean shuffle,
            @ForAll @IntRange(max = 50) int epoch) {
        BatchPlan plan = new BatchPlan(rows, batchSize, seed, shuffle);
        int[][] batches = plan.batches(epoch);
        assertEquals(plan.batchesPerEpoch(), batches.length);
        for (int i = 0; i < batches.length - 1; i++) {
            assertEquals(batchSize, batches[i].length);
        }
        int[] all = Arrays.stream(batches).flatMapToInt(Arrays::stream).sorted().toArray();
        assertArrayEquals(IntStream.range(0, rows).toArray(), all);
    }

    @Property(tries = 100)
    void aBatchFollowsFromItsNumberAlone(@ForAll long seed, @ForAll @IntRange(max = 1000) int number) {
        BatchPlan ran = new BatchPlan(101, 8, seed, true);
        for (int before = 0; before < Math.min(number, 40); before++) {
            ran.batch(before);
        }
        assertArrayEquals(new BatchPlan(101, 8, seed, true).batch(number), ran.batch(number));
    }

    @Test
    void fileOrderIsFileOrderInEveryEpoch() {
        BatchPlan plan = BatchPlan.inFileOrder(5, 2);
        assertArrayEquals(new int[][] {{0, 1}, {2, 3}, {4}}, plan.batches(0));
        assertArrayEquals(new int[][] {{0, 1}, {2, 3}, {4}}, plan.batches(7));
        assertArrayEquals(new int[] {4}, plan.batch(5));
    }

    @Test
    void seedAndEpochDecideTheOrder() {
        int[] first = new BatchPlan(1000, 1000, 42, true).batch(0);
        assertFalse(Arrays.equals(first, new BatchPlan(1000, 1000, 43, true).batch(0)));
        assertFalse(Arrays.equals(first, new BatchPlan(1000, 1000, 42, true).batch(1)));
        // Written down so that a change of the draw, which would break resuming, does not pass unseen.
        assertArrayEquals(new int[] {6, 7, 2, 5, 8, 1, 3, 4, 0, 9}, new BatchPlan(10, 10, 42, true).batch(0));
    }

    @Test
    void everyRowComesFirstAboutAsOftenAsAnyOther() {
        BatchPlan plan = new BatchPlan(10, 1, 7, true);
        int[] counts = new int[10];
        for (int epoch = 0; epoch < 10_000; epoch++) {
            counts[plan.batch(epoch * 10L)[0]]++;
        }
        for (int count : counts) {
            assertEquals(1000, count, 150);
        }
    }

    @Test
    void noRowsAndNoBatchSizeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BatchPlan(0, 8, 1, true));
        assertThrows(IllegalArgumentException.class, () -> new BatchPlan(8, 0, 1, true));
    }
}
