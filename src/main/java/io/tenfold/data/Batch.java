package io.tenfold.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.tensor.TokenRows;
import org.jspecify.annotations.Nullable;

/** Some rows of a set as arrays. They belong to the scope that the batch was made in and end with it. */
public final class Batch {

    private final NDManager scope;
    private final @Nullable NDArray labels;
    private final TokenizedSet set;
    private final int[] rows;
    private @Nullable TokenRows tokens;

    private Batch(NDManager scope, @Nullable NDArray labels, TokenizedSet set, int[] rows) {
        this.scope = scope;
        this.set = set;
        this.labels = labels;
        this.rows = rows;
    }

    /** The rows {@code rows} of {@code set}, in this order, as arrays in {@code scope}. */
    public static Batch of(NDManager scope, TokenizedSet set, int[] rows) {
        return new Batch(scope, labels(scope, set, rows), set, rows.clone());
    }

    private static @Nullable NDArray labels(NDManager scope, TokenizedSet set, int[] rows) {
        return switch (set.targets()) {
            case Targets.Classes classes -> {
                long[] labels = new long[rows.length];
                for (int i = 0; i < rows.length; i++) {
                    labels[i] = set.label(rows[i]);
                }
                yield scope.create(labels);
            }
            case Targets.Numbers numbers -> {
                float[] scores = new float[rows.length];
                for (int i = 0; i < rows.length; i++) {
                    scores[i] = set.score(rows[i]);
                }
                yield scope.create(scores);
            }
            case Targets.None none -> null;
        };
    }

    /** The tokens, unpadded; laid out when they are first asked for. */
    public TokenRows tokens() {
        TokenRows laidOut = tokens;
        if (laidOut == null) {
            int[][] ids = new int[rows.length][];
            int[][] types = new int[rows.length][];
            for (int i = 0; i < rows.length; i++) {
                ids[i] = set.ids(rows[i]);
                types[i] = set.types(rows[i]);
            }
            laidOut = TokenRows.of(scope, ids, types);
            tokens = laidOut;
        }
        return laidOut;
    }

    /** The manager that the batch's arrays belong to. */
    public NDManager scope() {
        return scope;
    }

    /**
     * Class ids, int64 [rows], or scores, float32 [rows].
     *
     * @throws IllegalStateException for a set without labels
     */
    public NDArray labels() {
        if (labels == null) {
            throw new IllegalStateException("the set has no labels");
        }
        return labels;
    }

    /** The set that the rows are of. */
    public TokenizedSet set() {
        return set;
    }

    /** Which rows of the set these are. */
    public int[] rows() {
        return rows.clone();
    }

    /** The number of rows. */
    public int size() {
        return rows.length;
    }
}
