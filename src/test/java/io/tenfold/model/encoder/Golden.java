package io.tenfold.model.encoder;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The golden models and what Transformers makes of them. */
final class Golden {

    static final Path FOLDER = Path.of("src/test/resources/golden");

    private Golden() {}

    static Path model(String name) {
        Path folder = FOLDER.resolve(name);
        if (!Files.exists(folder)) {
            throw new AssertionError(folder + " is missing");
        }
        return folder;
    }

    static JsonNode json(String file) throws IOException {
        return new ObjectMapper().readTree(FOLDER.resolve(file).toFile());
    }

    /** The first {@code count} rows of a model's texts as one batch. */
    static TokenRows rows(NDManager scope, String model, int count) throws IOException {
        List<int[]> ids = new ArrayList<>();
        List<int[]> types = new ArrayList<>();
        for (JsonNode row : json(model + "/texts.json").path("rows")) {
            if (ids.size() < count) {
                ids.add(numbers(row.path("input_ids")));
                types.add(
                        row.has("token_type_ids")
                                ? numbers(row.path("token_type_ids"))
                                : new int[ids.getLast().length]);
            }
        }
        return TokenRows.of(scope, ids.toArray(int[][]::new), types.toArray(int[][]::new));
    }

    static float[] expected(NDManager scope, String model, String tensor) {
        try (SafetensorsReader file = SafetensorsReader.open(model(model).resolve("expected.safetensors"))) {
            return file.read(scope, tensor).toFloatArray();
        }
    }

    private static int[] numbers(JsonNode array) {
        int[] numbers = new int[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).intValue();
        }
        return numbers;
    }
}
