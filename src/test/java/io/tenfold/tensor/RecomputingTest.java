package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Work that is done again in the backward pass gives the gradients of work whose results were kept. */
class RecomputingTest {

    private static NDArray layer(NDArray x, NDArray weight) {
        return Ops.linear(x, weight, null).tanh();
    }

    @Test
    void theGradientsAreTheSame() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Parameter input = trained(scope, "input", 5, 8);
            Parameter first = trained(scope, "first", 8, 8);
            Parameter second = trained(scope, "second", 8, 8);
            NDArray[] frozen = {scope.randomNormal(new Shape(8, 8)), scope.randomNormal(new Shape(8, 8))};
            float[][] kept = gradients(false, input, first, second, frozen);
            float[][] again = gradients(true, input, first, second, frozen);
            for (int i = 0; i < kept.length; i++) {
                assertArrayEquals(kept[i], again[i], 1e-6f);
            }
        }
    }

    private static float[][] gradients(
            boolean recompute, Parameter input, Parameter first, Parameter second, NDArray[] frozen) {
        for (Parameter parameter : new Parameter[] {input, first, second}) {
            parameter.dropGradient();
        }
        try (Recording recording = Recording.on()) {
            NDArray x = layer(input.value(), frozen[0]);
            UnaryOperator<NDArray> lower = y -> layer(y, first.value());
            UnaryOperator<NDArray> upper = y -> layer(layer(y, second.value()), frozen[1]);
            NDArray y = recompute ? Recording.recomputing(x, lower) : lower.apply(x);
            NDArray z = recompute ? Recording.recomputing(y, upper) : upper.apply(y);
            recording.backward(z.mul(z).sum());
        }
        return new float[][] {
            Objects.requireNonNull(input.gradient()).toFloatArray(),
            Objects.requireNonNull(first.gradient()).toFloatArray(),
            Objects.requireNonNull(second.gradient()).toFloatArray()
        };
    }

    @Test
    void theSecondTimeDrawsWhatTheFirstDrew() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Parameter x = trained(scope, "x", 50, 40);
            float[] out;
            try (Recording recording = Recording.on()) {
                NDArray dropped = Recording.recomputing(x.value(), y -> Ops.dropout(y, 0.5));
                NDArray more = Ops.dropout(dropped, 0.5);
                out = dropped.toFloatArray();
                recording.backward(dropped.sum().add(more.sum().mul(0)));
            }
            float[] gradient = Objects.requireNonNull(x.gradient()).toFloatArray();
            float[] in = x.value().toFloatArray();
            for (int i = 0; i < in.length; i++) {
                assertEquals(out[i], in[i] * gradient[i], 1e-5f);
            }
        }
    }

    @Test
    void withoutARecordingTheWorkIsDoneOnce() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            AtomicInteger times = new AtomicInteger();
            UnaryOperator<NDArray> work = x -> {
                times.incrementAndGet();
                return x.mul(2);
            };
            Recording.recomputing(scope.ones(new Shape(2)), work);
            try (Recording _ = Recording.on();
                    Recording _ = Recording.off()) {
                Recording.recomputing(scope.ones(new Shape(2)), work);
            }
            assertEquals(2, times.get());
        }
    }

    private static Parameter trained(NDManager scope, String name, long... shape) {
        Parameter parameter = new Parameter(name, scope.randomNormal(new Shape(shape)));
        parameter.trainable(true);
        return parameter;
    }
}
