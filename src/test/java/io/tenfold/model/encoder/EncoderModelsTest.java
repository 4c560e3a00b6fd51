package io.tenfold.model.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LinearOp;
import io.tenfold.model.LinearSite;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.TokenRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is loaded, drawn, refused and saved. */
class EncoderModelsTest {

    @TempDir
    Path folder;

    @Test
    void whatTheCheckpointLacksIsDrawnFromTheSeedAndListed() {
        try (Backend backend = Backend.open("cpu", 1);
                Network one = load(backend, Golden.model("bert-bare"), 7);
                Network same = load(backend, Golden.model("bert-bare"), 7);
                Network other = load(backend, Golden.model("bert-bare"), 8)) {
            assertEquals(
                    List.of("classifier.weight", "classifier.bias"),
                    one.report().drawn());
            assertEquals(List.of("classifier"), one.newModules());
            assertEquals(3 * 32 + 3, one.newParameters().size());
            NDArray weight = one.parameters().get("classifier.weight").value();
            assertEquals(weight, same.parameters().get("classifier.weight").value());
            assertTrue(
                    !weight.equals(other.parameters().get("classifier.weight").value()));
            assertEquals(0.2, weight.square().mean().sqrt().getFloat(), 0.05, "initializer_range");
            assertEquals(
                    0,
                    one.parameters().get("classifier.bias").value().abs().sum().getFloat());
        }
    }

    @Test
    void aPoolerThatIsMissingIsNewToo() throws IOException {
        copyOf("bert", "bert.pooler.dense.weight", "bert.pooler.dense.bias");
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(backend, folder, 7)) {
            assertEquals(List.of("classifier", "pooler"), network.newModules());
        }
    }

    @Test
    void aMissingWeightIsABadModelThatNamesIt() throws IOException {
        copyOf("bert", "bert.encoder.layer.1.attention.self.key.weight");
        refused("lacks 1 weights that config.json asks for: bert.encoder.layer.1.attention.self.key.weight;");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"hidden_size\": 32|\"hidden_size\": 64|tensor bert.embeddings.word_embeddings.weight has shape (300, 32)",
                "\"num_attention_heads\": 4|\"num_attention_heads\": 5|hidden size 32 is not a multiple of the 5 attention heads",
                "\"model_type\": \"bert\"|\"model_type\": \"mamba\"|model type mamba is not known; known are bert, roberta, distilbert",
                "\"model_type\": \"bert\"|\"model_type\": \"t5\"|model type t5 is an encoder-decoder",
                "\"hidden_act\": \"gelu\"|\"hidden_act\": \"mish\"|hidden_act is mish; known are gelu",
                "\"position_embedding_type\": \"absolute\"|\"position_embedding_type\": \"relative_key\"|only absolute is known",
                "\"num_hidden_layers\": 2|\"num_hidden_layers\": \"two\"|config.json can't be understood"
            })
    void aConfigThatDoesNotFitIsABadModel(String right, String wrong, String message) throws IOException {
        copyOf("bert");
        Path config = folder.resolve("config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(right));
        Files.writeString(config, text.replace(right, wrong));
        refused(message);
    }

    @Test
    void whatIsSavedOpensAgainWithTheSameLogits() throws IOException {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(backend, Golden.model("bert-gamma"), 7);
                NDManager scope = backend.scope()) {
            SafetensorsWriter.write(folder.resolve("model.safetensors"), network.savedTensors());
            Files.writeString(
                    folder.resolve("config.json"), network.savedConfig().toString());
            try (Network again = load(backend, folder, 8)) {
                assertEquals(List.of(), again.report().drawn());
                assertArrayEquals(
                        network.logits(Golden.rows(scope, "bert", 4), false).toFloatArray(),
                        again.logits(Golden.rows(scope, "bert", 4), false).toFloatArray());
            }
        }
    }

    @Test
    void theSavedConfigIsWhatTransformersExpects() {
        try (Backend backend = Backend.open("cpu", 1);
                Network network = load(backend, Golden.model("bert-bare"), 7)) {
            var config = network.savedConfig();
            assertEquals(
                    "[\"BertForSequenceClassification\"]",
                    config.path("architectures").toString());
            assertEquals(
                    "{\"0\":\"a\",\"1\":\"b\",\"2\":\"c\"}",
                    config.path("id2label").toString());
            assertEquals("{\"a\":0,\"b\":1,\"c\":2}", config.path("label2id").toString());
            assertEquals(
                    "single_label_classification", config.path("problem_type").asText());
        }
    }

    @Test
    void aPoolerThatIsNewIsNotOfferedToMethods() throws IOException {
        copyOf("bert", "bert.pooler.dense.weight", "bert.pooler.dense.bias");
        Map<String, Boolean> head = new LinkedHashMap<>();
        ModelHooks noting = new ModelHooks() {
            @Override
            public LinearOp linear(LinearSite site, LinearOp plain) {
                head.put(site.name(), site.head());
                return plain;
            }
        };
        HeadSpec spec = HeadSpec.classification(2);
        try (Backend backend = Backend.open("cpu", 1)) {
            Models.load(folder, spec, noting, backend, LoadOptions.seeded(1)).close();
            assertEquals(true, head.get("bert.pooler.dense"));
            Models.load(Golden.model("bert"), spec, noting, backend, LoadOptions.seeded(1))
                    .close();
            assertEquals(false, head.get("bert.pooler.dense"));
        }
        assertEquals(true, head.get("classifier"));
        assertEquals(false, head.get("bert.encoder.layer.0.attention.self.query"));
    }

    @Test
    void aConfigThatLiesAboutItsLayersIsRefusedBeforeItsMemoryIsTaken() throws IOException {
        copyOf("bert");
        Path config = folder.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config).replaceFirst("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 100000000"));
        refused("weights that config.json asks for: ");
    }

    @Test
    void aTokenThatTheModelDoesNotHaveIsRefusedByNumber() {
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope();
                Network network = load(backend, Golden.model("bert"), 1)) {
            int[][] ids = {{2, 900, 3}};
            JobException refused =
                    assertThrows(JobException.class, () -> network.logits(TokenRows.of(scope, ids, null), false));
            assertEquals(ErrorCode.BAD_MODEL, refused.code());
            assertTrue(
                    String.valueOf(refused.getMessage()).contains("token id 900, but the model's table has 300 rows"));
            int[][] known = {{2, 9, 3}};
            int[][] types = {{0, 2, 2}};
            assertThrows(JobException.class, () -> network.logits(TokenRows.of(scope, known, types), false));
        }
    }

    private void refused(String message) {
        try (Backend backend = Backend.open("cpu", 1)) {
            JobException refused = assertThrows(JobException.class, () -> load(backend, folder, 1));
            assertEquals(ErrorCode.BAD_MODEL, refused.code());
            assertTrue(String.valueOf(refused.getMessage()).contains(message), refused.getMessage());
        }
    }

    /** Copies a golden model into the folder, without some tensors. */
    private void copyOf(String model, String... without) throws IOException {
        Files.copy(Golden.model(model).resolve("config.json"), folder.resolve("config.json"));
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.openModel(Golden.model(model))) {
            Map<String, NDArray> tensors = new LinkedHashMap<>(reader.readAll(scope));
            List.of(without).forEach(tensors::remove);
            SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
        }
    }

    private static Network load(Backend backend, Path folder, long seed) {
        HeadSpec head = HeadSpec.classification(List.of("a", "b", "c"));
        return Models.load(folder, head, ModelHooks.NONE, backend, LoadOptions.seeded(seed));
    }
}
