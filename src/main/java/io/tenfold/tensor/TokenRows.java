package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A batch without padding: the rows' tokens one after another (Zeng et al. 2022, arXiv:2208.08124). Only attention knows
 * rows; all else sees {@code [tokens, hidden]}. The arrays belong to the scope that the batch was made in.
 */
public final class TokenRows {

    private final NDManager scope;
    private final int[] lengths;
    private final int virtualTokens;
    private final int tokens;
    private final int maxLength;
    private final int[][] rowIds;
    private final int @Nullable [][] rowTypes;
    private final NDArray ids;
    private final NDArray types;
    private final NDArray positions;
    private final NDArray first;
    private final NDArray index;
    private final NDArray mask;

    private TokenRows(NDManager scope, int[][] rowIds, int @Nullable [][] rowTypes, int virtualTokens) {
        this.virtualTokens = virtualTokens;
        this.scope = scope;
        this.rowIds = rowIds;
        this.rowTypes = rowTypes;
        lengths = Arrays.stream(rowIds).mapToInt(row -> row.length).toArray();
        tokens = Arrays.stream(lengths).sum();
        maxLength = Arrays.stream(lengths).max().orElse(0);
        long[] flatIds = new long[tokens];
        long[] flatTypes = new long[tokens];
        long[] flatPositions = new long[tokens];
        long[] starts = new long[lengths.length];
        long[] places = new long[tokens];
        float[] hidden = new float[lengths.length * maxLength];
        int token = 0;
        for (int row = 0; row < lengths.length; row++) {
            starts[row] = token;
            for (int i = 0; i < lengths[row]; i++, token++) {
                flatIds[token] = rowIds[row][i];
                flatTypes[token] = rowTypes == null ? 0 : rowTypes[row][i];
                flatPositions[token] = i;
                places[token] = (long) row * maxLength + i;
            }
            Arrays.fill(hidden, row * maxLength + lengths[row], (row + 1) * maxLength, Float.NEGATIVE_INFINITY);
        }
        ids = scope.create(flatIds);
        types = scope.create(flatTypes);
        positions = scope.create(flatPositions);
        first = scope.create(starts);
        index = scope.create(places);
        mask = scope.create(hidden, new Shape(lengths.length, 1, 1, maxLength));
    }

    /**
     * Lays a batch out.
     *
     * @param ids the token ids of each row; no row may be empty
     * @param types the token types of each row (the second text's are 1), or null for zeros
     * @throws TensorException when there is no row, a row is empty, or types and ids differ in length
     */
    public static TokenRows of(NDManager scope, int[][] ids, int @Nullable [][] types) {
        if (ids.length == 0) {
            throw new TensorException("a batch needs at least one row");
        }
        for (int row = 0; row < ids.length; row++) {
            if (ids[row].length == 0) {
                throw new TensorException("row %d has no tokens".formatted(row));
            }
            if (types != null && types[row].length != ids[row].length) {
                throw new TensorException("row %d has %d token ids but %d token types"
                        .formatted(row, ids[row].length, types[row].length));
            }
        }
        return new TokenRows(scope, ids, types, 0);
    }

    /** The same rows, each with {@code count} virtual tokens before its own; their ids and types are 0. */
    public TokenRows withVirtualTokens(int count) {
        return new TokenRows(scope, before(count, rowIds), rowTypes == null ? null : before(count, rowTypes), count);
    }

    private static int[][] before(int count, int[][] rows) {
        int[][] longer = new int[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            longer[row] = new int[count + rows[row].length];
            System.arraycopy(rows[row], 0, longer[row], count, rows[row].length);
        }
        return longer;
    }

    /**
     * For rows with virtual tokens: where each token stands when the virtual tokens come once and then the text's tokens
     * of all rows, [tokens], int64.
     */
    public NDArray virtualOrText() {
        long[] places = new long[tokens];
        int token = 0;
        int text = virtualTokens;
        for (int length : lengths) {
            for (int i = 0; i < length; i++) {
                places[token++] = i < virtualTokens ? i : text++;
            }
        }
        return scope.create(places);
    }

    /** The manager that the batch's arrays belong to. */
    public NDManager scope() {
        return scope;
    }

    /** Token ids, [tokens], int64. */
    public NDArray ids() {
        return ids;
    }

    /** Token types, [tokens], int64. */
    public NDArray types() {
        return types;
    }

    /** Each token's place in its row, from 0, [tokens], int64. */
    public NDArray positions() {
        return positions;
    }

    /** Where each row's first token stands, [rows], int64. */
    public NDArray first() {
        return first;
    }

    /** How many rows there are. */
    public int rows() {
        return lengths.length;
    }

    /** How many tokens all rows have together. */
    public int tokens() {
        return tokens;
    }

    /** The longest row's tokens. */
    public int maxLength() {
        return maxLength;
    }

    /** Each row's tokens. */
    public int[] lengths() {
        return lengths.clone();
    }

    /** Where each token stands in the padded layout {@code [rows * maxLength]}, [tokens], int64. */
    NDArray index() {
        return index;
    }

    /** What attention adds to the scores, 0 or negative infinity, [rows, 1, 1, maxLength]. */
    NDArray mask() {
        return mask;
    }
}
