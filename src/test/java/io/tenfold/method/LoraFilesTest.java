package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobException;
import io.tenfold.method.adapter.Ia3Opener;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.model.BaseModel;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.train.Forward;
import io.tenfold.train.Predictions;
import io.tenfold.train.Tuning;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters whose files and base don't fit together are refused with the reason; what PEFT leaves open is as there. */
class LoraFilesTest {

    private static final String QUERY = "base_model.model.bert.encoder.layer.%d.attention.self.query.lora_%s.weight";

    @TempDir
    Path folder;

    private final Backend backend = Backend.open("cpu", 1);
    private final ArtifactModels models = new ArtifactModels(List.of(new Ia3Opener(), new LoraMethod()));

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void anAdapterOfMoreLayersIsRefused() throws Exception {
        Altered.copy("bert-lora", folder)
                .tensor(QUERY.formatted(2, "A"), new Shape(4, 32))
                .tensor(QUERY.formatted(2, "B"), new Shape(32, 4));
        refused(
                "bert",
                "layer.2.attention.self.query.lora_A.weight has no place in the base model: the artifact was made for another base; give its own with --model");
    }

    @Test
    void anAdapterOfAnotherHiddenSizeIsRefused() throws Exception {
        int rank = PeftFiles.readConfig(GoldenJob.GOLDEN.resolve("bert-lora"))
                .path("r")
                .asInt();
        Altered.copy("bert-lora", folder).tensor(QUERY.formatted(0, "A"), new Shape(rank, 48));
        refused(
                "bert",
                "lora_A.weight is (%d, 48); the base model needs (%d, 32): the artifact was made for another base; give its own with --model"
                        .formatted(rank, rank));
    }

    @Test
    void anAdapterOfAnotherKindOfModelIsRefused() throws Exception {
        Altered.copy("bert-lora", folder);
        refused("distilbert", "no linear layer of the base model is among its target_modules");
    }

    @Test
    void anUpdateOfEmbeddingsIsRefused() throws Exception {
        Altered.copy("bert-lora", folder)
                .tensor("base_model.model.bert.embeddings.word_embeddings.lora_embedding_A", new Shape(4, 32));
        refused("bert", "is an update of embeddings, which this version can't compute");
    }

    @Test
    void magnitudesWithoutDoraAreRefused() throws Exception {
        Altered.copy("bert-lora-dora", folder).config(config -> config.put("use_dora", false));
        refused("bert", "lora_magnitude_vector has no place in the base model");
    }

    @Test
    void aSavedModuleThatTheModelLacksIsRefused() throws Exception {
        Altered.copy("bert-lora", folder).tensor("base_model.model.bert.summary.dense.weight", new Shape(32, 32));
        refused("bert", "bert.summary.dense.weight has no place in the base model");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-lora", "bert-lora-pissa"})
    void aRankThatTheFileDoesNotHaveIsRefusedBeforeItTakesMemory(String adapter) throws Exception {
        Altered.copy(adapter, folder).config(config -> config.put("r", 65_536));
        refused("bert", "the base model needs (65536, 32)");
    }

    @ParameterizedTest
    @CsvSource({"lm_head.weight", "model.embed_tokens.weight"})
    void wordsThatWereTakenApartFromTheOutputLayerAreRefused(String removed) throws Exception {
        Altered.copy("language/llama-lora-words", folder)
                .tensors(tensors -> tensors.remove("base_model.model." + removed));
        refused("language/llama", "are one weight (tie_word_embeddings)");
        refused("language/llama", "base_model.model.%s is the base's".formatted(removed));
    }

    @Test
    void anOutputLayerThatIsTheWordsIsNamedByThem() throws Exception {
        String method = "{\"name\": \"lora\", \"modules_to_save\": [\"lm_head\"]}";
        try (GoldenJob job = new GoldenJob("language/gpt2", TaskType.CAUSAL_LM, method, "{\"max_steps\": 1}")) {
            JobException refused =
                    assertThrows(JobException.class, () -> job.stage().prepare(job.inputs(), List.of()));
            assertEquals("method.modules_to_save", refused.error().param());
            assertTrue(
                    refused.error().message().contains("name transformer.wte, which trains both"),
                    refused.error().message());
        }
    }

    @Test
    void theWordsAreWrittenUnderBothNames() throws Exception {
        String method = "{\"name\": \"lora\", \"modules_to_save\": [\"embed_tokens\"]}";
        try (GoldenJob job = new GoldenJob("language/llama", TaskType.CAUSAL_LM, method, "{\"max_steps\": 1}")) {
            Tuning tuning = job.stage().prepare(job.inputs(), List.of());
            tuning.writer().write(folder);
            tuning.network().close();
        }
        JsonNode config = PeftFiles.readConfig(folder);
        assertEquals(
                "[\"embed_tokens\",\"lm_head\"]", config.path("modules_to_save").toString());
        assertTrue(config.path("ensure_weight_tying").booleanValue());
        try (NDManager scope = backend.scope()) {
            Map<String, NDArray> tensors = PeftFiles.readTensors(folder, scope);
            assertEquals(
                    tensors.get("base_model.model.model.embed_tokens.weight"),
                    tensors.get("base_model.model.lm_head.weight"));
        }
    }

    @Test
    void pickledWeightsAreRefused() throws Exception {
        Altered.copy("bert-lora", folder).withoutWeights();
        refused("bert", "weights in adapter_model.bin are pickled, which can run code and is not read");
    }

    @Test
    void theNetworkOfARefusedAdapterIsClosed() throws Exception {
        Altered.copy("bert-lora", folder).tensor("base_model.model.bert.summary.dense.weight", new Shape(32, 32));
        AtomicInteger open = new AtomicInteger();
        try (BaseModel base = base("bert")) {
            assertThrows(JobException.class, () -> models.open(folder, counting(base, open), "adapter", backend)
                    .close());
        }
        assertEquals(0, open.get());
    }

    /** The base, whose networks are counted while they are open. */
    private static BaseModel counting(BaseModel base, AtomicInteger open) {
        return (BaseModel) Proxy.newProxyInstance(
                BaseModel.class.getClassLoader(), new Class<?>[] {BaseModel.class}, (_, method, arguments) -> {
                    Object result = method.invoke(base, arguments);
                    if (!(result instanceof Network network)) {
                        return result;
                    }
                    open.incrementAndGet();
                    return Proxy.newProxyInstance(
                            Network.class.getClassLoader(), new Class<?>[] {Network.class}, (_, of, given) -> {
                                if (of.getName().equals("close")) {
                                    open.decrementAndGet();
                                }
                                return of.invoke(network, given);
                            });
                });
    }

    @Test
    void aHeadThatIsNotSavedIsTheBases() throws Exception {
        Altered.copy("bert-lora", folder)
                .config(config -> config.putNull("modules_to_save"))
                .tensors(tensors -> tensors.keySet().removeIf(name -> name.contains("classifier")));
        refused("bert-bare", "classifier.weight is not saved (modules_to_save), and the base model lacks it");
        Files.writeString(folder.resolve("metrics.json"), "{\"labels\": [\"x\", \"y\", \"z\"]}");
        try (BaseModel base = base("bert");
                Network opened = models.open(folder, base, "adapter", backend);
                Network plain = base.network(opened.head(), ModelHooks.NONE, _ -> false)) {
            assertArrayEquals(head(plain), head(opened));
        }
    }

    private static float[] head(Network network) {
        return network.parameters().get("classifier.weight").value().toFloatArray();
    }

    @Test
    void peftsEndingsNeedNoPoint() throws Exception {
        String method = "{\"name\": \"lora\", \"modules_to_save\": [\"layer_norm\"]}";
        try (GoldenJob job = new GoldenJob("distilbert", method, "{\"epochs\": 1}")) {
            Tuning tuning = job.stage().prepare(job.inputs(), List.of());
            String norm = "distilbert.transformer.layer.0.sa_layer_norm.weight";
            tuning.network().parameters().get(norm).value().muli(2);
            tuning.writer().write(folder);
            try (SafetensorsReader reader = SafetensorsReader.open(folder.resolve(PeftFiles.WEIGHTS));
                    Network opened = job.open(folder)) {
                assertTrue(reader.contains("base_model.model." + norm));
                float[][] expected = predict(job, tuning.network());
                float[][] actual = predict(job, opened);
                for (int row = 0; row < expected.length; row++) {
                    assertArrayEquals(expected[row], actual[row], 1e-5f);
                }
            }
            tuning.network().close();
        }
    }

    @Test
    void anExpressionWithLayersIsSpelledOutForPeft() throws Exception {
        String method = "{\"name\": \"lora\", \"target_modules\": \".*value\", \"layers_to_transform\": 1}";
        try (GoldenJob job = new GoldenJob("bert", method, "{\"epochs\": 1}")) {
            Tuning tuning = job.stage().prepare(job.inputs(), List.of());
            tuning.writer().write(folder);
            tuning.network().close();
            JsonNode config = PeftFiles.readConfig(folder);
            assertEquals(
                    "[\"bert.encoder.layer.1.attention.self.value\"]",
                    config.path("target_modules").toString());
            assertTrue(config.path("layers_to_transform").isNull());
            job.open(folder).close();
        }
    }

    @ParameterizedTest
    @CsvSource({"true,8", "false,16"})
    void aMissingAlphaIsPeftsEight(boolean missing, double alpha) throws Exception {
        Altered.copy("bert-lora", folder).config(config -> {
            config.putObject("alpha_pattern").put("query", 2.5);
            if (missing) {
                config.remove("lora_alpha");
            } else {
                config.put("lora_alpha", 16);
            }
        });
        float[][] logits = logits();
        // The scale is a factor of B: an alpha of 5 with half of B is one of 2.5.
        new Altered(folder).config(config -> {
            config.put("lora_alpha", alpha);
            config.putObject("alpha_pattern").put("query", 5);
        });
        new Altered(folder)
                .tensors(tensors -> tensors.replaceAll(
                        (name, tensor) -> name.contains("query.lora_B") ? tensor.mul(0.5f) : tensor));
        float[][] expected = logits();
        for (int row = 0; row < expected.length; row++) {
            assertArrayEquals(expected[row], logits[row], 1e-5f);
        }
    }

    private float[][] logits() throws Exception {
        try (BaseModel base = base("bert");
                Network opened = models.open(folder, base, "adapter", backend)) {
            return GoldenTexts.logits("bert", opened, backend);
        }
    }

    @Test
    void ia3sMissingFeedForwardModulesAreTheUsualOnes() throws Exception {
        Altered.copy("bert-ia3", folder).config(config -> config.remove("feedforward_modules"));
        try (BaseModel base = base("bert");
                Network opened = models.open(folder, base, "adapter", backend)) {
            GoldenTexts.logitsAreExpected(GoldenJob.GOLDEN.resolve("bert-ia3"), "bert", opened, backend);
        }
    }

    private static float[][] predict(GoldenJob job, Network network) {
        return Predictions.of(Forward.of(network), job.inputs().training(), 8, job.backend(), _ -> {})
                .logits();
    }

    private BaseModel base(String model) {
        return ArtifactModels.base(GoldenJob.GOLDEN.resolve(model), backend);
    }

    private void refused(String model, String message) {
        try (BaseModel base = base(model)) {
            JobException refused = assertThrows(JobException.class, () -> models.open(folder, base, "adapter", backend)
                    .close());
            assertEquals(ErrorCode.BAD_MODEL, refused.error().code());
            assertTrue(
                    refused.error().message().contains(message), refused.error().message());
        }
    }
}
