package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OpsTest {

    private static final int HEADS = 2;
    private static final int HIDDEN = 8;

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

    @Test
    void attentionOfRowsOfAnyLengthIsTheFormulaRowByRow() {
        int[] lengths = {3, 40, 3, 1, 39, 7, 300};
        TokenRows rows = rows(lengths);
        NDArray q = normal(rows.tokens());
        NDArray k = normal(rows.tokens());
        NDArray v = normal(rows.tokens());
        NDArray attended = Ops.attention(q, k, v, rows, HEADS, 0);
        long[] first = rows.first().toLongArray();
        for (int row = 0; row < lengths.length; row++) {
            NDIndex own = new NDIndex("{}:{}", first[row], first[row] + lengths[row]);
            NDArray expected = formula(q.get(own), k.get(own), v.get(own));
            assertArrayEquals(
                    expected.toFloatArray(), attended.get(own).toFloatArray(), 1e-5f, "row of " + lengths[row]);
        }
    }

    @Test
    void aPrefixIsAttendedToByEveryRow() {
        int[] lengths = {3, 5, 5};
        TokenRows rows = rows(lengths);
        NDArray q = normal(rows.tokens());
        NDArray k = normal(rows.tokens());
        NDArray v = normal(rows.tokens());
        NDArray keys = normal(4);
        NDArray values = normal(4);
        NDArray attended = Ops.attention(q, k, v, keys, values, rows, HEADS, 0);
        long[] first = rows.first().toLongArray();
        for (int row = 0; row < lengths.length; row++) {
            NDIndex own = new NDIndex("{}:{}", first[row], first[row] + lengths[row]);
            NDArray expected = formula(q.get(own), keys.concat(k.get(own), 0), values.concat(v.get(own), 0));
            assertArrayEquals(expected.toFloatArray(), attended.get(own).toFloatArray(), 1e-5f);
        }
    }

    /** softmax(q kᵀ / √d) v for each head, written with DJL's own operations. */
    private static NDArray formula(NDArray q, NDArray k, NDArray v) {
        NDArray scores = heads(q).matMul(heads(k).transpose(0, 2, 1)).div(Math.sqrt((double) HIDDEN / HEADS));
        return scores.softmax(-1).matMul(heads(v)).transpose(1, 0, 2).reshape(-1, HIDDEN);
    }

    private static NDArray heads(NDArray x) {
        return x.reshape(-1, HEADS, HIDDEN / HEADS).transpose(1, 0, 2);
    }

    @Test
    void dropoutZeroesTheRateAndKeepsTheMean() {
        NDArray ones = scope.ones(new Shape(1_000_003));
        float[] dropped = Ops.dropout(ones, 0.1).toFloatArray();
        long zeros = count(dropped, 0);
        // Five standard deviations of a binomial of a million.
        assertEquals(100_000, (double) zeros, 1_500);
        assertEquals(dropped.length - zeros, count(dropped, 1 / 0.9f), "only two values");
        for (int lag : new int[] {1, 2, 4, 250_001, 500_002}) {
            long both = 0;
            for (int i = lag; i < dropped.length; i++) {
                both += dropped[i] == 0 && dropped[i - lag] == 0 ? 1 : 0;
            }
            assertEquals(10_000, both * 1e6 / (dropped.length - lag), 600, "independent at lag " + lag);
        }
    }

    private static long count(float[] values, float wanted) {
        long count = 0;
        for (float value : values) {
            count += Math.abs(value - wanted) < 1e-4 ? 1 : 0;
        }
        return count;
    }

    @Test
    void theSameSeedAndStepDropTheSame() {
        NDArray ones = scope.ones(new Shape(1000));
        backend.seed(7, 3);
        float[] once = Ops.dropout(ones, 0.5).toFloatArray();
        backend.seed(7, 4);
        float[] later = Ops.dropout(ones, 0.5).toFloatArray();
        backend.seed(7, 3);
        assertArrayEquals(once, Ops.dropout(ones, 0.5).toFloatArray());
        assertFalse(Arrays.equals(once, later));
    }

    @Test
    void gradientsFlowThroughDropoutWhereItKept() {
        Parameter x = new Parameter("x", scope.ones(new Shape(4, HIDDEN)));
        x.trainable(true);
        try (Recording recording = Recording.on()) {
            NDArray dropped = Ops.dropout(x.value(), 0.5);
            recording.backward(dropped.sum());
            NDArray gradient = x.gradient();
            assertTrue(gradient != null);
            assertArrayEquals(dropped.toFloatArray(), gradient.toFloatArray());
        }
    }

    @Test
    void crossEntropySumsOverTheRows() {
        NDArray logits = scope.create(new float[] {1, 2, 3, 0, 0, 0}, new Shape(2, 3));
        double first = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 3;
        NDArray sum = Ops.crossEntropySum(logits, scope.create(new long[] {2, 0}));
        assertEquals(first + Math.log(3), sum.getFloat(), 1e-5);
    }

    @Test
    void aWrongShapeIsATensorException() {
        NDArray x = scope.ones(new Shape(2, 3));
        NDArray weight = scope.ones(new Shape(5, 4));
        assertThrows(TensorException.class, () -> Ops.linear(x, weight, null));
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedWithTheWayOut() {
        TensorException refused = assertThrows(TensorException.class, () -> Backend.open("tpu", 0));
        assertEquals("device is tpu; it must be auto, cpu or cuda:0, cuda:1, …", refused.getMessage());
    }

    @Test
    void moreMemoryThanThereIsCanBeCaught() {
        NDArray x = scope.ones(new Shape(1L << 22, 1));
        OutOfDeviceMemoryException refused =
                assertThrows(OutOfDeviceMemoryException.class, () -> Ops.linear(x, x, null));
        assertEquals(4L << 44, refused.askedBytes());
    }

    private TokenRows rows(int... lengths) {
        return TokenRows.of(scope, Arrays.stream(lengths).mapToObj(int[]::new).toArray(int[][]::new), null);
    }

    private NDArray normal(int rows) {
        return scope.randomNormal(new Shape(rows, HIDDEN));
    }
}
