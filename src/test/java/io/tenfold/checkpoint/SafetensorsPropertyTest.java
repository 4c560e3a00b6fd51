package io.tenfold.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever bytes come, the reader gives the right values or says {@code bad_model}. */
class SafetensorsPropertyTest {

    @Property(tries = 300)
    void anyBytesAreReadOrRefused(@ForAll @Size(max = 200) byte[] bytes) throws IOException {
        Path file = Files.createTempFile("any", ".safetensors");
        try {
            Files.write(file, bytes);
            readOrRefuse(file);
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 300)
    void aFileWithOneChangedByteIsReadOrRefused(@ForAll @IntRange(max = 10_000) int place, @ForAll byte value)
            throws IOException {
        Path file = Files.createTempFile("garbled", ".safetensors");
        try {
            byte[] bytes = good(file);
            bytes[place % bytes.length] = value;
            Files.write(file, bytes);
            readOrRefuse(file);
        } finally {
            Files.delete(file);
        }
    }

    @Property(tries = 100)
    void everyValueComesBack(@ForAll @Size(max = 50) float[] values) throws IOException {
        Path file = Files.createTempFile("values", ".safetensors");
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            SafetensorsWriter.write(file, Map.of("w", scope.create(values, new Shape(values.length))));
            try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                float[] read = reader.read(scope, "w").toFloatArray();
                if (!Arrays.equals(values, read)) {
                    throw new AssertionError(Arrays.toString(values) + " became " + Arrays.toString(read));
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    private static byte[] good(Path file) throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            tensors.put("a", scope.ones(new Shape(2, 3)));
            tensors.put("b", scope.create(new long[] {1, 2}));
            SafetensorsWriter.write(file, tensors);
            return Files.readAllBytes(file);
        }
    }

    private static void readOrRefuse(Path file) {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.open(file)) {
            reader.readAll(scope).forEach((name, array) -> {
                if (!array.getShape().equals(reader.info(name).shape())) {
                    throw new AssertionError(name + " has another shape than its header says");
                }
            });
        } catch (JobException e) {
            if (e.code() != ErrorCode.BAD_MODEL) {
                throw new AssertionError("refused as " + e.code(), e);
            }
        }
    }
}
