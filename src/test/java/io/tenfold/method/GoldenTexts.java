package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.StreamSupport;

/** The rows of a golden model's {@code texts.json}, and what is expected of them. */
final class GoldenTexts {

    private GoldenTexts() {}

    /** The network's logits for the model's rows. */
    static float[][] logits(String model, Network network, Backend backend) throws IOException {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            float[] flat = network.logits(rows(scope, model), false).toFloatArray();
            int width = network.head().outputs();
            float[][] logits = new float[flat.length / width][width];
            for (int i = 0; i < flat.length; i++) {
                logits[i / width][i % width] = flat[i];
            }
            return logits;
        }
    }

    /** Checks them against {@code expected.safetensors} in a folder. */
    static void logitsAreExpected(Path folder, String model, Network network, Backend backend) throws IOException {
        logitsAreThose(folder.resolve("expected.safetensors"), model, network, backend);
    }

    /** Checks them against {@code logits} of a file. */
    static void logitsAreThose(Path file, String model, Network network, Backend backend) throws IOException {
        float[][] ours = logits(model, network, backend);
        try (NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.open(file)) {
            float[] expected = reader.read(scope, "logits").toFloatArray();
            assertEquals(expected.length, ours.length * ours[0].length);
            for (int i = 0; i < expected.length; i++) {
                float one = ours[i / ours[0].length][i % ours[0].length];
                assertEquals(expected[i], one, 1e-4f, file + ": logit " + i);
            }
        }
    }

    private static TokenRows rows(NDManager scope, String model) throws IOException {
        JsonNode rows = new ObjectMapper()
                .readTree(GoldenJob.GOLDEN.resolve(model).resolve("texts.json").toFile())
                .path("rows");
        int[][] ids = new int[rows.size()][];
        int[][] types = new int[rows.size()][];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = numbers(rows.get(i).path("input_ids"));
            JsonNode own = rows.get(i).path("token_type_ids");
            types[i] = own.isMissingNode() ? new int[ids[i].length] : numbers(own);
        }
        return TokenRows.of(scope, ids, types);
    }

    private static int[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
