package io.tenfold.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Backend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {

    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadInOrder() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            tensors.put("z.weight", scope.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3)));
            tensors.put("a \"quoted\" ü", scope.create(new long[] {Long.MIN_VALUE, 7}));
            tensors.put("scalar", scope.create(3f));
            tensors.put("empty", scope.create(new Shape(0, 4)));
            tensors.put("flags", scope.create(new boolean[] {true, false, true}));
            Path file = folder.resolve("x.safetensors");
            SafetensorsWriter.write(file, tensors);
            try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                assertEquals(List.copyOf(tensors.keySet()), List.copyOf(reader.names()));
                reader.readAll(scope).forEach((name, array) -> assertEquals(tensors.get(name), array, name));
            }
        }
    }

    @Test
    void theSameArraysGiveTheSameBytesAndAnAlignedHeader() throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            Map<String, NDArray> tensors = Map.of("w", scope.ones(new Shape(3)));
            SafetensorsWriter.write(folder.resolve("a"), tensors);
            SafetensorsWriter.write(folder.resolve("b"), tensors);
            byte[] bytes = Files.readAllBytes(folder.resolve("a"));
            assertArrayEquals(bytes, Files.readAllBytes(folder.resolve("b")));
            assertEquals(
                    0, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8);
            assertTrue(new String(bytes, StandardCharsets.ISO_8859_1).contains("{\"format\":\"pt\"}"));
        }
    }

    @Test
    void halfPrecisionsBecomeFp32() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        data.putShort(Float.floatToFloat16(1.5f)).putShort(Float.floatToFloat16(-65504f));
        data.putShort((short) (Float.floatToIntBits(1.5f) >> 16))
                .putShort((short) (Float.floatToIntBits(-1e38f) >> 16));
        Path file = file("""
                {"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},
                 "b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]}}""", data.array());
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertArrayEquals(
                    new float[] {1.5f, -65504f}, reader.read(scope, "h").toFloatArray());
            assertEquals(1.5f, reader.read(scope, "b").toFloatArray()[0]);
            assertEquals(-1e38f, reader.read(scope, "b").toFloatArray()[1], 1e36f);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "[1]|its header is not a JSON object",
                "{\"a\"|its header is not JSON",
                "{} {}|its header is not JSON",
                "{\"a\":{\"dtype\":\"F99\",\"shape\":[2],\"data_offsets\":[0,8]}}|tensor a has dtype \"F99\"",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}|takes 12 bytes, but its data_offsets give 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9]}}|but the file has 8 bytes of data",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}|tensor a has data_offsets [8,0]",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}|which are not all numbers from 0",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}}|which are not all numbers from 0",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}|tensor a has no array shape",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}|a shape beyond any memory",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}|(a gap)",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}|end at byte 4 of the data, but there are 8",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}|(an overlap)",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}|Duplicate field 'a'"
            })
    void aLyingHeaderIsABadModelThatNamesTheLie(String header, String message) throws IOException {
        Path file = file(header, new byte[8]);
        JobException refused = assertThrows(JobException.class, () -> SafetensorsReader.open(file));
        assertEquals(ErrorCode.BAD_MODEL, refused.code());
        assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
        assertTrue(String.valueOf(refused.getMessage()).startsWith("x.safetensors: "), refused.getMessage());
    }

    @Test
    void aTruncatedFileIsABadModelWhereverItEnds() throws IOException {
        Path file = file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", new byte[8]);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            JobException refused = assertThrows(JobException.class, () -> SafetensorsReader.open(file));
            assertEquals(ErrorCode.BAD_MODEL, refused.code());
        }
    }

    @Test
    void pickledWeightsAreRefusedByNameWithTheWayToConvertThem() throws IOException {
        Files.write(folder.resolve("pytorch_model.bin"), new byte[1]);
        JobException refused = assertThrows(JobException.class, () -> SafetensorsReader.openModel(folder));
        assertTrue(String.valueOf(refused.getMessage()).contains("(pytorch_model.bin)"), refused.getMessage());
        assertTrue(String.valueOf(refused.getMessage()).contains("safe_serialization=True"), refused.getMessage());
    }

    @Test
    void anIndexThatReachesOutOfItsFolderIsRefused() throws IOException {
        Files.writeString(
                folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"a\": \"../secret.safetensors\"}}");
        JobException refused = assertThrows(JobException.class, () -> SafetensorsReader.openModel(folder));
        assertTrue(String.valueOf(refused.getMessage()).contains("not a file's name"), refused.getMessage());
    }

    private Path file(String header, byte[] data) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(text.length).put(text).put(data);
        return Files.write(folder.resolve("x.safetensors"), bytes.array());
    }
}
