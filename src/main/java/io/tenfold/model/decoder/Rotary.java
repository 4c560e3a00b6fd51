package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.TokenRows;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns queries and keys by their positions. Its table grows with the longest row that was seen. */
final class Rotary {

    private static final int LEAST = 256;

    /** Cosines and sines, [tokens, headSize / 2] each. */
    record Angles(NDArray cos, NDArray sin) {

        NDArray turn(NDArray x) {
            return Ops.rotary(x, cos, sin);
        }

        /** Of some of the tokens. */
        Angles at(NDArray places) {
            return new Angles(Ops.rows(cos, places), Ops.rows(sin, places));
        }
    }

    private final RotaryConfig config;
    private final NDManager manager;
    private final int first;
    private @Nullable Angles table;

    /**
     * @param manager of the table
     * @param first the position of a row's first token: how many keys a prefix has
     */
    Rotary(RotaryConfig config, NDManager manager, int first) {
        this.config = config;
        this.manager = manager;
        this.first = first;
    }

    /** The angles of all tokens, the same for all layers. */
    Angles of(TokenRows rows) {
        return rows.once(this, scope -> {
            if (config.changesWith(first + rows.maxLength())) {
                int[] lengths = rows.lengths();
                int[][] each = new int[lengths.length][];
                for (int row = 0; row < lengths.length; row++) {
                    each[row] = new int[lengths[row]];
                    Arrays.fill(each[row], lengths[row]);
                }
                return one(
                        scope, rows.positions().toLongArray(), rows.flat(each).toLongArray());
            }
            return looked(scope, rows.positions(), rows.maxLength());
        });
    }

    /** The angles of one token a row, the last of the row so far. */
    Angles ofLast(NDManager scope, long[] places) {
        int longest = 0;
        long[] lengths = new long[places.length];
        for (int i = 0; i < places.length; i++) {
            lengths[i] = places[i] + 1;
            longest = (int) Math.max(longest, lengths[i]);
        }
        return config.changesWith(first + longest)
                ? one(scope, places, lengths)
                : looked(scope, scope.create(places), longest);
    }

    private Angles looked(NDManager scope, NDArray places, int longest) {
        Angles known = tableOf(first + longest);
        NDArray at = first == 0 ? places : places.add((long) first);
        Angles angles = known.at(at);
        // A table's rows would belong to its manager, and stay.
        angles.cos().attach(scope);
        angles.sin().attach(scope);
        return angles;
    }

    private Angles tableOf(int rows) {
        Angles known = table;
        if (known == null || known.cos().getShape().get(0) < rows) {
            int count = Math.max(LEAST, Integer.highestOneBit(Math.max(1, rows - 1)) * 2);
            List<float[]> numbers = config.table(0, count, 0);
            Shape shape = new Shape(count, config.headSize() / 2);
            Angles larger =
                    new Angles(manager.create(numbers.getFirst(), shape), manager.create(numbers.getLast(), shape));
            if (known != null) {
                known.cos().close();
                known.sin().close();
            }
            table = larger;
            return larger;
        }
        return known;
    }

    /** Where each row has angles of its own. */
    private Angles one(NDManager scope, long[] places, long[] lengths) {
        int half = config.headSize() / 2;
        float[] cosines = new float[places.length * half];
        float[] sines = new float[cosines.length];
        for (int token = 0; token < places.length; token++) {
            int position = first + (int) places[token];
            List<float[]> own = config.table(position, position + 1, first + (int) lengths[token]);
            System.arraycopy(own.getFirst(), 0, cosines, token * half, half);
            System.arraycopy(own.getLast(), 0, sines, token * half, half);
        }
        Shape shape = new Shape(places.length, half);
        return new Angles(scope.create(cosines, shape), scope.create(sines, shape));
    }
}
