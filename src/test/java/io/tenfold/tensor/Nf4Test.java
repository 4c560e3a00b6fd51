package io.tenfold.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.checkpoint.SafetensorsReader;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes, scales and values are those of the NumPy reference, which agrees with bitsandbytes. */
class Nf4Test {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/bert-lora-nf4/nf4.safetensors");

    @ParameterizedTest
    @ValueSource(strings = {"large", "ragged"})
    void codesAndValuesAreTheReferences(String matrix) {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope();
                SafetensorsReader golden = SafetensorsReader.open(GOLDEN)) {
            NDArray weight = golden.read(scope, matrix + ".weight");
            Nf4 nf4 = Nf4.of(weight, new Nf4.Tables(scope));
            assertArrayEquals(golden.read(scope, matrix + ".codes").toByteArray(), nf4.codes());
            assertArrayEquals(golden.read(scope, matrix + ".scale_codes").toByteArray(), nf4.scaleCodes());
            assertArrayEquals(
                    golden.read(scope, matrix + ".values").toFloatArray(),
                    nf4.values(scope).toFloatArray(),
                    1e-7f);
        }
    }

    @Test
    void aNumberTakesLittleMoreThanHalfAByte() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            NDArray weight = scope.randomNormal(new Shape(768, 768));
            long numbers = weight.size();
            // 4 bits, a byte for 64 of them, 4 bytes for 64 times 256, and the mean of the scales.
            assertEquals(
                    numbers / 2 + numbers / 64 + numbers / 64 / 256 * 4 + 4,
                    Nf4.of(weight, new Nf4.Tables(scope)).bytes());
        }
    }

    @Test
    void theGradientReachesTheInputAlone() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Parameter x = new Parameter("x", scope.randomNormal(new Shape(5, 128)));
            x.trainable(true);
            NDArray weight = scope.randomNormal(new Shape(64, 128));
            NDArray bias = scope.randomNormal(new Shape(64));
            Nf4 nf4 = Nf4.of(weight, new Nf4.Tables(scope));
            try (Recording recording = Recording.on()) {
                recording.backward(nf4.linear(x.value(), bias).sum());
            }
            float[] expected =
                    scope.ones(new Shape(5, 64)).matMul(nf4.values(scope)).toFloatArray();
            assertArrayEquals(expected, Objects.requireNonNull(x.gradient()).toFloatArray(), 1e-4f);
            assertFalse(weight.hasGradient());
        }
    }

    @Test
    void aReleasedWeightFreesItsMemoryAndKeepsItsShape() {
        try (Backend backend = Backend.open("cpu", 1)) {
            NDManager owner = backend.scope();
            Parameter weight = new Parameter("weight", owner.randomNormal(new Shape(64, 128)));
            NDArray array = weight.value();
            weight.release();
            assertTrue(array.isReleased());
            assertEquals(new Shape(64, 128), weight.shape());
            assertEquals(64 * 128, weight.size());
            assertThrows(TensorException.class, weight::value);
            owner.close();
        }
    }
}
