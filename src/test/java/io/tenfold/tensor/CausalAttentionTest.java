package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CausalAttentionTest {

    private static final int HEADS = 4;
    private static final int KEY_HEADS = 2;
    private static final int SIZE = 6;
    private static final int PREFIX = 3;
    private static final double SCALE = 0.4;
    private static final float TOLERANCE = 1e-5f;

    private Backend backend;
    private NDManager scope;

    @BeforeEach
    void open() {
        backend = Backend.open("cpu", 1);
        backend.seed(1, 1);
        scope = backend.scope();
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    static Stream<Arguments> kinds() {
        return Stream.of(0, 5).flatMap(window -> Stream.of(true, false).map(prefix -> Arguments.of(window, prefix)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void itIsTheFormulaRowByRow(int window, boolean withPrefix) {
        int[] lengths = {3, 40, 3, 1, 90, 7, 70};
        TokenRows rows = rows(lengths);
        NDArray q = normal(rows.tokens(), HEADS);
        NDArray k = normal(rows.tokens(), KEY_HEADS);
        NDArray v = normal(rows.tokens(), KEY_HEADS);
        CausalAttention.Prefix prefix =
                withPrefix ? new CausalAttention.Prefix(normal(PREFIX, KEY_HEADS), normal(PREFIX, KEY_HEADS)) : null;
        CausalAttention attention = new CausalAttention(HEADS, SIZE, window, SCALE);
        NDArray all = attention.apply(q, k, v, prefix, rows, 0);
        NDArray few = attention.apply(q, k, v, prefix, rows, 0, 500);
        NDArray last = Ops.rows(
                attention.ofLast(Ops.rows(q, rows.lastByLength()), k, v, prefix, rows, 0), rows.rankByLength());
        long[] first = rows.first().toLongArray();
        for (int row = 0; row < lengths.length; row++) {
            for (int token = 0; token < lengths[row]; token++) {
                float[] expected = formula(q, k, v, prefix, (int) first[row], token, window);
                String what = "row %d, token %d".formatted(row, token);
                assertArrayEquals(expected, all.get(first[row] + token).toFloatArray(), TOLERANCE, what);
                assertArrayEquals(expected, few.get(first[row] + token).toFloatArray(), TOLERANCE, what);
                if (token == lengths[row] - 1) {
                    assertArrayEquals(expected, last.get(row).toFloatArray(), TOLERANCE, what);
                }
            }
        }
    }

    /** One token's attention, number by number. */
    private static float[] formula(
            NDArray q,
            NDArray k,
            NDArray v,
            CausalAttention.@Nullable Prefix prefix,
            int first,
            int token,
            int window) {
        int from = window == 0 ? 0 : Math.max(0, token - window + 1);
        NDArray keys = k.get("%d:%d".formatted(first + from, first + token + 1));
        NDArray values = v.get("%d:%d".formatted(first + from, first + token + 1));
        if (prefix != null) {
            keys = prefix.keys().concat(keys, 0);
            values = prefix.values().concat(values, 0);
        }
        float[] result = new float[HEADS * SIZE];
        for (int head = 0; head < HEADS; head++) {
            int shared = head / (HEADS / KEY_HEADS);
            NDArray query = q.get("%d,%d:%d".formatted(first + token, head * SIZE, (head + 1) * SIZE));
            NDArray scores =
                    columns(keys, shared).matMul(query.reshape(SIZE, 1)).mul(SCALE);
            NDArray mixed = scores.softmax(0).transpose().matMul(columns(values, shared));
            System.arraycopy(mixed.toFloatArray(), 0, result, head * SIZE, SIZE);
        }
        return result;
    }

    private static NDArray columns(NDArray x, int head) {
        return x.get(":,%d:%d".formatted(head * SIZE, (head + 1) * SIZE));
    }

    @Test
    void gradientsAreTheSameInBlocks() {
        TokenRows rows = rows(90, 30, 20);
        CausalAttention attention = new CausalAttention(HEADS, SIZE, 0, SCALE);
        float[][] whole = gradients(attention, rows, 1 << 20);
        float[][] blocks = gradients(attention, rows, 200);
        CausalAttention sliding = new CausalAttention(HEADS, SIZE, 200, SCALE);
        float[][] wide = gradients(sliding, rows, 200);
        for (int i = 0; i < whole.length; i++) {
            assertArrayEquals(whole[i], blocks[i], TOLERANCE);
            assertArrayEquals(whole[i], wide[i], TOLERANCE);
        }
    }

    private float[][] gradients(CausalAttention attention, TokenRows rows, int most) {
        backend.seed(3, 3);
        Parameter[] parts = {
            trained(rows.tokens(), HEADS), trained(rows.tokens(), KEY_HEADS), trained(rows.tokens(), KEY_HEADS)
        };
        try (Recording recording = Recording.on()) {
            NDArray attended =
                    attention.apply(parts[0].value(), parts[1].value(), parts[2].value(), null, rows, 0, most);
            recording.backward(attended.square().sum());
        }
        return Stream.of(parts)
                .map(part -> Objects.requireNonNull(part.gradient()).toFloatArray())
                .toArray(float[][]::new);
    }

    @Test
    void aStepOverWhatIsKeptIsTheLastTokensAttention() {
        int[] lengths = {9, 4, 12};
        for (int window : new int[] {0, 5}) {
            TokenRows rows = rows(lengths);
            NDArray q = normal(rows.tokens(), HEADS);
            NDArray k = normal(rows.tokens(), KEY_HEADS);
            NDArray v = normal(rows.tokens(), KEY_HEADS);
            CausalAttention.Prefix prefix =
                    new CausalAttention.Prefix(normal(PREFIX, KEY_HEADS), normal(PREFIX, KEY_HEADS));
            CausalAttention attention = new CausalAttention(HEADS, SIZE, window, SCALE);
            NDArray keys = attention.room(scope, lengths.length, KEY_HEADS, 20);
            NDArray values = attention.room(scope, lengths.length, KEY_HEADS, 20);
            CausalAttention.remember(keys, k, rows.rowNumbers(), rows.positions());
            CausalAttention.remember(values, v, rows.rowNumbers(), rows.positions());
            NDArray last = attention.ofLast(Ops.rows(q, rows.lastByLength()), k, v, prefix, rows, 0);
            NDArray step =
                    attention.step(Ops.rows(q, rows.last()), keys, values, scope.create(new long[] {9, 4, 12}), prefix);
            assertArrayEquals(Ops.rows(last, rows.rankByLength()).toFloatArray(), step.toFloatArray(), TOLERANCE);
        }
    }

    private Parameter trained(int tokens, int heads) {
        Parameter parameter = new Parameter("x", normal(tokens, heads));
        parameter.trainable(true);
        return parameter;
    }

    private TokenRows rows(int... lengths) {
        int[][] ids = new int[lengths.length][];
        for (int row = 0; row < ids.length; row++) {
            ids[row] = new int[lengths[row]];
        }
        return TokenRows.of(scope, ids, null);
    }

    private NDArray normal(int tokens, int heads) {
        return scope.randomNormal(new Shape(tokens, (long) heads * SIZE));
    }
}
