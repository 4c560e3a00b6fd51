package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What draws two domains together: values and gradients beside plain PyTorch's, and gradients beside differences. */
class DomainLossesTest {

    private static final float[] WIDTHS = {0.125f, 0.25f, 0.5f, 1, 2};

    private final JsonNode golden = read();
    private Backend backend;
    private NDManager scope;

    private static JsonNode read() {
        try {
            return new ObjectMapper()
                    .readTree(Path.of("src/test/resources/golden/domain/losses.json")
                            .toFile());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void open() {
        backend = Backend.open("cpu", 1);
        scope = backend.scope();
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    private Parameter sample(String name) {
        Parameter parameter = new Parameter(
                name,
                scope.create(
                        floats(golden.path(name)),
                        new Shape(
                                golden.path("rows").asInt(),
                                golden.path("width").asInt())));
        parameter.trainable(true);
        return parameter;
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers.path(i).asDouble();
        }
        return floats;
    }

    @Test
    void theDistanceOfCovariancesIsTheReferences() {
        isTheReferences("coral", Ops::coral);
    }

    @Test
    void theMeanDiscrepancyIsTheReferences() {
        isTheReferences("mmd", (source, target) -> Ops.mmd(source, target, scope.create(WIDTHS)));
    }

    private void isTheReferences(String name, BinaryOperator<NDArray> loss) {
        JsonNode expected = golden.path(name);
        Parameter source = sample("source");
        Parameter target = sample("target");
        try (Recording recording = Recording.on()) {
            NDArray value = loss.apply(source.value(), target.value());
            recording.backward(value);
            assertEquals(expected.path("value").asDouble(), value.getFloat(), 1e-5);
        }
        assertArrayEquals(floats(expected.path("source_gradient")), gradient(source), 1e-5f);
        assertArrayEquals(floats(expected.path("target_gradient")), gradient(target), 1e-5f);
    }

    private static float[] gradient(Parameter parameter) {
        return Objects.requireNonNull(parameter.gradient()).toFloatArray();
    }

    @Test
    void equalSamplesAreNotApart() {
        NDArray x = sample("source").value();
        assertEquals(0, Ops.coral(x, x).getFloat(), 1e-7);
    }

    @Test
    void aReversedGradientIsTheReferences() {
        for (JsonNode expected : golden.path("reversal")) {
            Parameter source = sample("source");
            try (Recording recording = Recording.on()) {
                NDArray loss = cube(Ops.reverseGradient(
                        source.value(), expected.path("scale").asDouble()));
                recording.backward(loss);
                assertEquals(expected.path("value").asDouble(), loss.getFloat(), 1e-4);
            }
            assertArrayEquals(floats(expected.path("gradient")), gradient(source), 1e-4f);
        }
    }

    /** Minus the scale times what finite differences of the function without reversal say. */
    @Test
    void aReversedGradientIsMinusTheDifferences() {
        double scale = 0.7;
        Parameter source = sample("source");
        try (Recording recording = Recording.on()) {
            recording.backward(cube(Ops.reverseGradient(source.value(), scale)));
        }
        float[] at = source.value().toFloatArray();
        float[] ours = gradient(source);
        for (int i = 0; i < at.length; i++) {
            double step = 1e-2;
            assertEquals(-scale * (cubeAt(at, i, step) - cubeAt(at, i, -step)) / (2 * step), ours[i], 2e-2);
        }
    }

    private double cubeAt(float[] at, int place, double step) {
        float[] moved = at.clone();
        moved[place] += (float) step;
        UnaryOperator<NDArray> function = DomainLossesTest::cube;
        return function.apply(scope.create(moved)).getFloat();
    }

    private static NDArray cube(NDArray x) {
        return x.pow(3).sum();
    }
}
