package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What {@code decoder_golden.py} wrote. */
final class GoldenDecoders {

    static final Path FOLDER = Path.of("src/test/resources/golden/decoders");
    private static final ObjectMapper JSON = new ObjectMapper();

    private GoldenDecoders() {}

    static JsonNode json(String file) throws IOException {
        return JSON.readTree(FOLDER.resolve(file).toFile());
    }

    static int[][] rows(String key) throws IOException {
        return lists(json("rows.json").path(key));
    }

    static int[][] lists(JsonNode lists) {
        int[][] rows = new int[lists.size()][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = new int[lists.path(row).size()];
            for (int i = 0; i < rows[row].length; i++) {
                rows[row][i] = lists.path(row).path(i).intValue();
            }
        }
        return rows;
    }

    static float[] expected(NDManager scope, String file, String tensor) {
        try (SafetensorsReader reader = SafetensorsReader.open(FOLDER.resolve(file))) {
            return reader.read(scope, tensor).toFloatArray();
        }
    }

    static Network language(Backend backend, Path folder, ModelHooks hooks) {
        return Models.load(folder, HeadSpec.causalLm(), hooks, backend, new LoadOptions(1, 0.0));
    }

    static Network language(Backend backend, String model) {
        return language(backend, FOLDER.resolve(model), ModelHooks.NONE);
    }

    /** A change to a config. */
    @FunctionalInterface
    interface Change {
        void make(ObjectNode config) throws IOException;
    }

    /** A model's files with another config. */
    static Path changed(String model, Path folder, Change change) throws IOException {
        ObjectNode config = (ObjectNode) json(model + "/config.json");
        change.make(config);
        Files.writeString(folder.resolve("config.json"), config.toString());
        Path weights = folder.resolve("model.safetensors");
        if (!Files.exists(weights)) {
            Files.copy(FOLDER.resolve(model).resolve("model.safetensors"), weights);
        }
        return folder;
    }

    /** What tokens have, [tokens, width], in the rows' own order: a row's first, then the next row's. */
    static NDArray inOrder(NDArray tokens, TokenRows rows) {
        int[][] places = new int[rows.rows()][];
        int[] lengths = rows.lengths();
        for (int row = 0; row < places.length; row++) {
            places[row] = new int[lengths[row]];
            Arrays.setAll(places[row], i -> i);
        }
        return Ops.rows(tokens, rows.places(places));
    }

    /** The words' logits of all tokens, [tokens, vocabulary], in the rows' own order. */
    static NDArray logits(Network network, TokenRows rows) {
        NDArray hidden = network.hidden(rows, false);
        return network.vocabularyLogits(inOrder(hidden, rows), false);
    }
}
