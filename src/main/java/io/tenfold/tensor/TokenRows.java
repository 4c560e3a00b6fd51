package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A batch without padding: the rows' tokens one after another (Zeng et al. 2022, arXiv:2208.08124). Only attention knows
 * rows; all else sees {@code [tokens, hidden]}. The rows lie in order of their length, the longest first, so that
 * attention can pad rows of like length together; {@link #first} and {@link #flat} lead from a row's own number to its
 * place. The arrays belong to the scope that the batch was made in.
 */
public final class TokenRows {

    private final NDManager scope;
    private final int[][] rowIds;
    private final int @Nullable [][] rowTypes;
    private final int virtualTokens;
    private final int[] order;
    private final int[] lengths;
    private final int tokens;
    private final NDArray ids;
    private final NDArray types;
    private final NDArray positions;
    private final NDArray first;
    private final List<NDArray> indices = new ArrayList<>();
    private final List<NDArray> masks = new ArrayList<>();
    private final IdentityHashMap<Object, Object> computed = new IdentityHashMap<>();

    private TokenRows(NDManager scope, int[][] rowIds, int @Nullable [][] rowTypes, int virtualTokens) {
        this.scope = scope;
        this.rowIds = rowIds;
        this.rowTypes = rowTypes;
        this.virtualTokens = virtualTokens;
        lengths = Arrays.stream(rowIds).mapToInt(row -> row.length).toArray();
        order = LengthGroups.order(lengths);
        tokens = Arrays.stream(lengths).sum();
        ids = flat(rowIds);
        types = rowTypes == null ? scope.create(new long[tokens]) : flat(rowTypes);
        long[] places = new long[tokens];
        long[] starts = new long[lengths.length];
        int token = 0;
        for (int row : order) {
            starts[row] = token;
            for (int i = 0; i < lengths[row]; i++) {
                places[token++] = i;
            }
        }
        positions = scope.create(places);
        first = scope.create(starts);
        int[] falling = Arrays.stream(order).map(row -> lengths[row]).toArray();
        // A GPU prefers one large product to several small ones.
        List<LengthGroups.Group> groups = scope.getDevice().isGpu()
                ? List.of(new LengthGroups.Group(0, falling.length))
                : LengthGroups.cut(falling);
        groups.forEach(group -> pad(Arrays.copyOfRange(falling, group.from(), group.to())));
    }

    /** Where a group's tokens stand once its rows are padded, and what attention adds to the scores. */
    private void pad(int[] falling) {
        int longest = falling[0];
        if (falling[falling.length - 1] == longest) {
            indices.add(scope.create(new long[0]));
            masks.add(scope.zeros(new Shape(falling.length, 1, 1, longest)));
            return;
        }
        long[] places = new long[Arrays.stream(falling).sum()];
        float[] mask = new float[falling.length * longest];
        int token = 0;
        for (int row = 0; row < falling.length; row++) {
            for (int i = 0; i < falling[row]; i++) {
                places[token++] = (long) row * longest + i;
            }
            Arrays.fill(mask, row * longest + falling[row], (row + 1) * longest, Float.NEGATIVE_INFINITY);
        }
        indices.add(scope.create(places));
        masks.add(scope.create(mask, new Shape(falling.length, 1, 1, longest)));
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
        for (int row : order) {
            for (int i = 0; i < lengths[row]; i++) {
                places[token++] = i < virtualTokens ? i : text++;
            }
        }
        return scope.create(places);
    }

    /** For rows with virtual tokens: where the text's own tokens stand, in their layout without virtual ones, int64. */
    public NDArray textPlaces() {
        long[] places = new long[tokens - virtualTokens * lengths.length];
        int token = 0;
        int text = 0;
        for (int row : order) {
            for (int i = 0; i < lengths[row]; i++, token++) {
                if (i >= virtualTokens) {
                    places[text++] = token;
                }
            }
        }
        return scope.create(places);
    }

    /**
     * A number for every token, in the layout of the hidden states: labels of tokens, say.
     *
     * @param perRow as many numbers for each row as it has tokens
     * @return [tokens], int64
     */
    public NDArray flat(int[][] perRow) {
        long[] flat = new long[tokens];
        int token = 0;
        for (int row : order) {
            for (int i = 0; i < lengths[row]; i++) {
                flat[token++] = perRow[row][i];
            }
        }
        return scope.create(flat);
    }

    /**
     * A number of each row, spread evenly over its tokens, in the layout of the hidden states, so that a sum over tokens
     * weighed by them is a sum of the rows' means.
     *
     * @param perRow a number for each row, in the rows' own order
     * @return [tokens], float32
     */
    public NDArray shares(long[] perRow) {
        float[] shares = new float[tokens];
        int token = 0;
        for (int row : order) {
            Arrays.fill(shares, token, token + lengths[row], (float) perRow[row] / lengths[row]);
            token += lengths[row];
        }
        return scope.create(shares);
    }

    /** The number of each token's row, in the layout of the hidden states, [tokens], int64. */
    public NDArray rowNumbers() {
        long[] numbers = new long[tokens];
        int token = 0;
        for (int row : order) {
            Arrays.fill(numbers, token, token + lengths[row], row);
            token += lengths[row];
        }
        return scope.create(numbers);
    }

    /**
     * What is computed of these rows once and used by all layers, in the scope of the batch.
     *
     * @param owner who computes it, the very object
     */
    @SuppressWarnings("unchecked") // An owner puts in what it takes out.
    public <T> T once(Object owner, Function<NDManager, T> work) {
        Object known = computed.get(owner);
        if (known == null) {
            known = work.apply(scope);
            computed.put(owner, known);
        }
        return (T) known;
    }

    /** The manager that the batch's arrays belong to. */
    public NDManager scope() {
        return scope;
    }

    /** Token ids, [tokens], int64. */
    public NDArray ids() {
        return ids;
    }

    /** The largest token id. */
    public int maxId() {
        return Arrays.stream(rowIds).flatMapToInt(Arrays::stream).max().orElse(0);
    }

    /** The largest token type. */
    public int maxType() {
        return rowTypes == null
                ? 0
                : Arrays.stream(rowTypes).flatMapToInt(Arrays::stream).max().orElse(0);
    }

    /** Token types, [tokens], int64. */
    public NDArray types() {
        return types;
    }

    /** Each token's place in its row, from 0, [tokens], int64. */
    public NDArray positions() {
        return positions;
    }

    /** Where each row's first token stands among the tokens, in the rows' own order, [rows], int64. */
    public NDArray first() {
        return first;
    }

    /** The same places, the longest row's first, [rows], int64. */
    public NDArray firstByLength() {
        long[] starts = new long[order.length];
        for (int i = 1; i < order.length; i++) {
            starts[i] = starts[i - 1] + lengths[order[i - 1]];
        }
        return scope.create(starts);
    }

    /** Where each row's last token stands among the tokens, in the rows' own order, [rows], int64. */
    public NDArray last() {
        long[] places = new long[order.length];
        long next = 0;
        for (int row : order) {
            next += lengths[row];
            places[row] = next - 1;
        }
        return scope.create(places);
    }

    /** The same places, the longest row's first, [rows], int64. */
    public NDArray lastByLength() {
        long[] places = new long[order.length];
        long next = 0;
        for (int i = 0; i < order.length; i++) {
            next += lengths[order[i]];
            places[i] = next - 1;
        }
        return scope.create(places);
    }

    /** Leads back from {@link #firstByLength} and {@link #lastByLength}: each row's place there, in the rows' own order, [rows], int64. */
    public NDArray rankByLength() {
        long[] ranks = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            ranks[order[i]] = i;
        }
        return scope.create(ranks);
    }

    /**
     * Where some tokens stand among all, in the layout of the hidden states: a row's first, then the next row's.
     *
     * @param perRow places in each row, from 0
     * @return [places of all rows], int64
     */
    public NDArray places(int[][] perRow) {
        long[] starts = new long[lengths.length];
        long next = 0;
        for (int row : order) {
            starts[row] = next;
            next += lengths[row];
        }
        long[] flat = new long[Arrays.stream(perRow).mapToInt(row -> row.length).sum()];
        int place = 0;
        for (int row = 0; row < perRow.length; row++) {
            for (int inRow : perRow[row]) {
                if (inRow < 0 || inRow >= lengths[row]) {
                    throw new TensorException("row %d has %d tokens, none at %d".formatted(row, lengths[row], inRow));
                }
                flat[place++] = starts[row] + inRow;
            }
        }
        return scope.create(flat);
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
        return lengths[order[0]];
    }

    /** Each row's tokens, in the rows' own order. */
    public int[] lengths() {
        return lengths.clone();
    }

    /**
     * The groups that attention pads together, as two lists of arrays: where each token of a group stands in {@code [rows
     * * length]} (empty where all rows are equally long), and the masks, 0 or negative infinity, [rows, 1, 1, length].
     */
    NDList groups() {
        NDList lists = new NDList();
        Bridge.list(lists, "index", indices);
        Bridge.list(lists, "mask", masks);
        return lists;
    }
}
