package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdamWTest {

    @Test
    void aStepIsThePapersFormula() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Parameter p = parameter(scope, "p", 2, -3);
            AdamW optimiser = new AdamW(scope, List.of(new AdamW.Group(List.of(p), 2, 0.1)), AdamW.Options.DEFAULT);
            double[] value = {2, -3};
            double[] mean = new double[2];
            double[] variance = new double[2];
            for (int step = 1; step <= 3; step++) {
                gradient(p);
                optimiser.step(0.01, step == 2 ? 0.5 : 1);
                for (int i = 0; i < 2; i++) {
                    double gradient = 2 * value[i] * (step == 2 ? 0.5 : 1);
                    value[i] -= 0.02 * 0.1 * value[i];
                    mean[i] = 0.9 * mean[i] + 0.1 * gradient;
                    variance[i] = 0.999 * variance[i] + 0.001 * gradient * gradient;
                    double unbiased = variance[i] / (1 - Math.pow(0.999, step));
                    value[i] -= 0.02 * mean[i] / (1 - Math.pow(0.9, step)) / (Math.sqrt(unbiased) + 1e-8);
                    assertEquals(value[i], p.value().toFloatArray()[i], 1e-5);
                }
            }
        }
    }

    @Test
    void aRestoredStateGoesOnBitForBit() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Parameter straight = parameter(scope, "p", 2, -3);
            AdamW whole = optimiser(scope, straight);
            steps(whole, straight, 2);
            Parameter resumed = parameter(scope, "p", straight.value().toFloatArray());
            Map<String, NDArray> saved = new LinkedHashMap<>();
            whole.state().forEach((name, array) -> saved.put(name, array.duplicate()));
            steps(whole, straight, 2);
            AdamW second = optimiser(scope, resumed);
            second.restore(saved::get);
            steps(second, resumed, 2);
            assertArrayEquals(straight.value().toFloatArray(), resumed.value().toFloatArray());
        }
    }

    @Test
    void aStateThatLacksAParameterIsRefusedByName() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            AdamW optimiser = optimiser(scope, parameter(scope, "p", 1, 1));
            TensorException refused = assertThrows(TensorException.class, () -> optimiser.restore(_ -> null));
            assertEquals(
                    "the optimiser's state has nothing for p.exp_avg, which needs shape (2)", refused.getMessage());
        }
    }

    @Test
    void theNormIsOverAllAndTheFactorBringsItToTheLimit() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Parameter a = parameter(scope, "a", 3, 0);
            Parameter b = parameter(scope, "b", 0, 4);
            gradient(a);
            gradient(b);
            List<Parameter> both = List.of(a, b);
            assertEquals(10, Gradients.norm(both), 1e-5);
            assertEquals(0.5, Gradients.clipFactor(10, 5), 1e-6);
            assertEquals(1, Gradients.clipFactor(10, 100));
            assertEquals(1, Gradients.clipFactor(10, 0), "0 is no limit");
            Gradients.drop(both);
            assertEquals(0, Gradients.norm(both));
        }
    }

    private static AdamW optimiser(NDManager scope, Parameter p) {
        return new AdamW(scope, List.of(new AdamW.Group(List.of(p), 1, 0.01)), AdamW.Options.DEFAULT);
    }

    private static void steps(AdamW optimiser, Parameter p, int count) {
        for (int i = 0; i < count; i++) {
            gradient(p);
            optimiser.step(0.1, 1);
        }
    }

    /** The gradient of the sum of squares. */
    private static void gradient(Parameter p) {
        Gradients.drop(List.of(p));
        try (Recording recording = Recording.on()) {
            recording.backward(p.value().square().sum());
        }
    }

    private static Parameter parameter(NDManager scope, String name, float... values) {
        Parameter parameter = new Parameter(name, scope.create(values, new Shape(values.length)));
        parameter.trainable(true);
        return parameter;
    }
}
