package io.tenfold.method.domain;

import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Texts to learn a language from, and texts that tell how well it was learnt. Which are which follows from the rows and the
 * seed alone.
 */
record HeldOut(TokenizedSet training, TokenizedSet scored) {

    /** One text of so many is held out, where none are given. */
    private static final int SHARE = 20;

    private static final int MOST = 1000;

    /**
     * The target's validation rows without those that are also among the texts to learn from; where none are left, some of
     * these, which are then not learnt from.
     *
     * @param training at least two rows
     */
    static HeldOut of(TokenizedSet training, @Nullable TokenizedSet validation, long seed) {
        if (validation != null) {
            Set<IntBuffer> known = new HashSet<>();
            IntStream.range(0, training.size()).forEach(row -> known.add(IntBuffer.wrap(training.ids(row))));
            int[] others = IntStream.range(0, validation.size())
                    .filter(row -> !known.contains(IntBuffer.wrap(validation.ids(row))))
                    .toArray();
            if (others.length > 0) {
                return new HeldOut(training, validation.only(others));
            }
        }
        int some = Math.clamp(training.size() / SHARE, 1, MOST);
        int[] order = new BatchPlan(training.size(), training.size(), seed, true).batch(0);
        int[] held = Arrays.stream(order, 0, some).sorted().toArray();
        int[] left = Arrays.stream(order, some, order.length).sorted().toArray();
        return new HeldOut(training.only(left), training.only(held));
    }
}
