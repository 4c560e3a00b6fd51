package io.tenfold.checkpoint;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file, believed only where it agrees with itself and with the file's length: the
 * tensors must cover the data exactly, without gap or overlap, and each must be as long as its type and shape say.
 */
final class SafetensorsHeader {

    /**
     * A quarter of the format's own limit, enough for 200,000 tensors: a lying length must not ask for the file's size in
     * memory, and a tree takes ten times as much as its text.
     */
    static final long MAX_BYTES = 25_000_000;

    private static final String METADATA = "__metadata__";
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private SafetensorsHeader() {}

    /**
     * Reads a header.
     *
     * @param dataBytes how many bytes follow the header in the file
     * @return the tensors by name, in the order of the header
     */
    static Map<String, TensorInfo> parse(Path file, byte[] header, long dataBytes) {
        JsonNode root = json(file, header);
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        root.properties().forEach(entry -> {
            if (!entry.getKey().equals(METADATA)) {
                tensors.put(entry.getKey(), tensor(file, entry.getKey(), entry.getValue(), dataBytes));
            }
        });
        checkCover(file, tensors, dataBytes);
        return tensors;
    }

    private static JsonNode json(Path file, byte[] header) {
        try {
            JsonNode root = JSON.readTree(header);
            if (root.isObject()) {
                return root;
            }
        } catch (JsonProcessingException e) {
            throw Checkpoints.bad(file, "its header is not JSON (" + e.getOriginalMessage() + ")", e);
        } catch (IOException e) {
            throw Checkpoints.bad(file, "its header can't be read", e);
        }
        throw Checkpoints.bad(file, "its header is not a JSON object");
    }

    private static TensorInfo tensor(Path file, String name, JsonNode entry, long dataBytes) {
        String typeName = entry.path("dtype").asText("");
        TensorType type = TensorType.named(typeName);
        if (type == null) {
            throw Checkpoints.bad(
                    file,
                    "tensor %s has dtype \"%s\", which is none of %s"
                            .formatted(name, typeName, List.of(TensorType.values())));
        }
        long[] shape = numbers(file, name, "shape", entry.path("shape"));
        long[] offsets = numbers(file, name, "data_offsets", entry.path("data_offsets"));
        if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > dataBytes) {
            throw Checkpoints.bad(
                    file,
                    "tensor %s has data_offsets %s, but the file has %d bytes of data"
                            .formatted(name, entry.path("data_offsets"), dataBytes));
        }
        long bytes = byteLength(file, name, type, shape);
        if (bytes != offsets[1] - offsets[0]) {
            throw Checkpoints.bad(
                    file,
                    "tensor %s of type %s and shape %s takes %d bytes, but its data_offsets give %d"
                            .formatted(name, type, entry.path("shape"), bytes, offsets[1] - offsets[0]));
        }
        return new TensorInfo(name, type, new Shape(shape), String.valueOf(file.getFileName()), offsets[0], offsets[1]);
    }

    private static long[] numbers(Path file, String name, String key, JsonNode array) {
        if (!array.isArray()) {
            throw Checkpoints.bad(file, "tensor %s has no array %s".formatted(name, key));
        }
        long[] numbers = new long[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            JsonNode number = array.get(i);
            if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
                throw Checkpoints.bad(
                        file, "tensor %s has %s %s, which are not all numbers from 0".formatted(name, key, array));
            }
            numbers[i] = number.longValue();
        }
        return numbers;
    }

    private static long byteLength(Path file, String name, TensorType type, long[] shape) {
        try {
            long bytes = type.bytes();
            for (long dimension : shape) {
                bytes = Math.multiplyExact(bytes, dimension);
            }
            return bytes;
        } catch (ArithmeticException e) {
            throw Checkpoints.bad(file, "tensor %s has a shape beyond any memory".formatted(name), e);
        }
    }

    private static void checkCover(Path file, Map<String, TensorInfo> tensors, long dataBytes) {
        List<TensorInfo> inOrder = new ArrayList<>(tensors.values());
        inOrder.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
        long covered = 0;
        for (TensorInfo tensor : inOrder) {
            if (tensor.begin() != covered) {
                throw Checkpoints.bad(
                        file,
                        "tensor %s begins at byte %d of the data, but the one before it ends at %d (%s)"
                                .formatted(
                                        tensor.name(),
                                        tensor.begin(),
                                        covered,
                                        tensor.begin() < covered ? "an overlap" : "a gap"));
            }
            covered = tensor.end();
        }
        if (covered != dataBytes) {
            throw Checkpoints.bad(
                    file, "its tensors end at byte %d of the data, but there are %d".formatted(covered, dataBytes));
        }
    }
}
