package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParameterTest {

    @Test
    void aDroppedGradientIsGoneAndTheValueStays() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Parameter p = new Parameter("p", scope.create(new float[] {1, 2}));
            p.trainable(true);
            pass(scope, p);
            assertArrayEquals(new float[] {2, 4}, gradient(p));
            pass(scope, p);
            assertArrayEquals(new float[] {4, 8}, gradient(p), "a second pass adds");
            Gradients.drop(List.of(p));
            assertNull(p.gradient());
            assertTrue(p.trainable());
            assertArrayEquals(new float[] {1, 2}, p.value().toFloatArray());
            p.set(scope.create(new float[] {3, 4}));
            pass(scope, p);
            assertArrayEquals(new float[] {6, 8}, gradient(p));
            p.trainable(false);
            assertNull(p.gradient());
            assertFalse(p.trainable());
            assertArrayEquals(new float[] {3, 4}, p.value().toFloatArray());
        }
    }

    @Test
    void aTablesGradientIsTheSameWhetherItComesInRowsOrWhole() {
        try (Backend backend = Backend.open("cpu", 2);
                NDManager scope = backend.scope()) {
            Parameter table = new Parameter("table", scope.randomNormal(new Shape(50, 8)));
            table.trainable(true);
            NDArray ids = scope.create(new long[] {3, 7, 3, 3, 49, 0, 7});
            lookUp(table, ids);
            float[] whole = gradient(table);
            Gradients.drop(List.of(table));
            assertNotNull(table.gradient(), "rows need something to be added to");
            assertArrayEquals(new float[50 * 8], gradient(table));
            lookUp(table, ids);
            assertArrayEquals(whole, gradient(table));
        }
    }

    private static void lookUp(Parameter table, NDArray ids) {
        try (Recording recording = Recording.on()) {
            NDArray rows = Ops.embedding(ids, table);
            recording.backward(rows.mul(rows).sum());
        }
    }

    /** Adds the gradient of the sum of squares. */
    private static void pass(NDManager scope, Parameter p) {
        try (Recording recording = Recording.on()) {
            NDArray sum = p.value().square().sum();
            sum.attach(scope);
            recording.backward(sum);
        }
    }

    private static float[] gradient(Parameter p) {
        NDArray gradient = p.gradient();
        assertNotNull(gradient);
        return gradient.toFloatArray();
    }
}
