package io.tenfold.model.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Gradients;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The masked-LM heads score the vocabulary as Transformers does, forwards and backwards. */
class MaskedLmTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"bert-mlm,bert-mlm", "roberta-mlm,roberta-mlm", "distilbert-mlm,distilbert-mlm", "bert-mlm-old,bert-mlm"
    })
    void vocabularyLogitsAreTheReferences(String model, String golden) throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(backend, Golden.model(model));
                NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            float[] expected = Golden.expected(scope, golden, "logits");
            float[] ours = logits(scope, network, Golden.json(golden + "/masked.json"), false)
                    .toFloatArray();
            assertArrayEquals(expected, ours, 1e-4f);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-mlm", "roberta-mlm", "distilbert-mlm"})
    void lossAndGradientsAreTheReferencesThoughTheEmbeddingsAreUsedTwice(String model) throws IOException {
        JsonNode golden = Golden.json(model + "/masked.json");
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(backend, Golden.model(model))) {
            network.parameters().trainable(true);
            step(backend, network, golden);
            gradientsAreTheReferences(network, golden, 1);
            step(backend, network, golden);
            gradientsAreTheReferences(network, golden, 2);
        }
    }

    private static void step(Backend backend, Network network, JsonNode golden) throws IOException {
        try (NDManager scope = backend.scope();
                Recording recording = Recording.on()) {
            long[] labels = Arrays.stream(lists(golden.path("labels")))
                    .flatMapToInt(Arrays::stream)
                    .asLongStream()
                    .toArray();
            NDArray loss = Ops.crossEntropySum(logits(scope, network, golden, true), scope.create(labels))
                    .div(labels.length);
            assertEquals(golden.path("loss").doubleValue(), loss.getFloat(), 1e-5);
            recording.backward(loss);
        }
    }

    private static void gradientsAreTheReferences(Network network, JsonNode golden, int times) {
        int compared = 0;
        for (Parameter parameter : network.parameters()) {
            double expected =
                    times * golden.path("grad_norms").path(parameter.name()).asDouble();
            // A key's bias has a gradient of zero but for rounding.
            if (expected > 1e-5) {
                assertEquals(expected, Gradients.norm(List.of(parameter)), 1e-4 * expected, parameter.name());
                compared++;
            }
        }
        assertTrue(compared > golden.path("grad_norms").size() - 5, "only %d compared".formatted(compared));
    }

    @Test
    void anOutputLayerOfItsOwnIsUsedWhereTheConfigSaysSo() throws IOException {
        Path model = Files.createDirectory(folder.resolve("untied"));
        try (Backend backend = Backend.open("cpu", 1);
                Network tied = load(backend, Golden.model("bert-mlm"));
                NDManager scope = backend.scope()) {
            Map<String, NDArray> tensors = new LinkedHashMap<>(tied.savedTensors());
            tensors.put(
                    "cls.predictions.decoder.weight",
                    scope.zeros(tied.parameters()
                            .get("bert.embeddings.word_embeddings.weight")
                            .shape()));
            SafetensorsWriter.write(model.resolve("model.safetensors"), tensors);
            Files.writeString(
                    model.resolve("config.json"),
                    tied.savedConfig().put("tie_word_embeddings", false).toString());
            try (Network untied = load(backend, model);
                    Recording _ = Recording.off()) {
                float[] bias =
                        untied.parameters().get("cls.predictions.bias").value().toFloatArray();
                float[] logits = logits(scope, untied, Golden.json("bert-mlm/masked.json"), false)
                        .toFloatArray();
                assertArrayEquals(bias, Arrays.copyOf(logits, bias.length), 0f);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"bert,cls.predictions.*", "roberta,lm_head.*", "distilbert,vocab_projector.*"})
    void aCheckpointWithoutTheHeadIsRefusedByName(String model, String missing) {
        try (Backend backend = Backend.open("cpu", 1)) {
            JobException refused = assertThrows(
                    JobException.class, () -> load(backend, Golden.model(model)).close());
            assertEquals(ErrorCode.BAD_MODEL, refused.error().code());
            assertTrue(
                    refused.error().message().startsWith("the checkpoint has no masked-LM head (" + missing + ")"),
                    refused.error().message());
        }
    }

    @Test
    void oneBaseServesBothHeads() throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                BaseModel base = Models.base(Golden.model("bert-mlm"), backend);
                Network words = base.network(HeadSpec.maskedLm(), ModelHooks.NONE, _ -> false);
                Network classes = base.network(HeadSpec.classification(3), ModelHooks.NONE, _ -> false);
                NDManager scope = backend.scope()) {
            TokenRows rows = TokenRows.of(scope, new int[][] {{2, 5, 3}, {2, 3}}, null);
            assertEquals(
                    300,
                    words.vocabularyLogits(words.hidden(rows, false), false)
                            .getShape()
                            .get(1));
            assertEquals(3, classes.logits(rows, false).getShape().get(1));
            assertThrows(IllegalStateException.class, () -> words.logits(rows, false));
            assertThrows(
                    IllegalStateException.class, () -> classes.vocabularyLogits(classes.hidden(rows, false), false));
        }
    }

    private static NDArray logits(NDManager scope, Network network, JsonNode golden, boolean training) {
        JsonNode given = golden.path("rows");
        int[][] ids = new int[given.size()][];
        int[][] types = new int[given.size()][];
        for (int row = 0; row < ids.length; row++) {
            ids[row] = numbers(given.get(row).path("input_ids"));
            JsonNode own = given.get(row).path("token_type_ids");
            types[row] = own.isMissingNode() ? new int[ids[row].length] : numbers(own);
        }
        TokenRows rows = TokenRows.of(scope, ids, types);
        NDArray hidden = network.hidden(rows, training);
        return network.vocabularyLogits(Ops.rows(hidden, rows.places(lists(golden.path("places")))), training);
    }

    private static int[][] lists(JsonNode lists) {
        return StreamSupport.stream(lists.spliterator(), false)
                .map(MaskedLmTest::numbers)
                .toArray(int[][]::new);
    }

    private static int[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    private static Network load(Backend backend, Path model) {
        return Models.load(model, HeadSpec.maskedLm(), ModelHooks.NONE, backend, new LoadOptions(42, 0.0));
    }
}
