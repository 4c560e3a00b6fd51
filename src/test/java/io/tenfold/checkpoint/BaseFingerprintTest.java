package io.tenfold.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same model is known wherever and however it is stored; another one is not taken for it. */
class BaseFingerprintTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    Path folder;

    private static BaseFingerprint of(String golden) {
        return BaseFingerprint.of(GOLDEN.resolve(golden));
    }

    /** Half precision, shards, keys without the model's name, old names of norms. */
    @ParameterizedTest
    @ValueSource(strings = {"bert", "bert-bf16", "bert-sharded", "bert-bare", "bert-gamma"})
    void theSameModelIsTheSameHoweverItIsStored(String stored) {
        assertEquals("", of("bert").difference(of(stored)));
        assertEquals("", of(stored).difference(of("bert")));
    }

    @ParameterizedTest
    @CsvSource({
        "bert, roberta, 'its model_type is roberta, not bert'",
        "bert, distilbert, 'its model_type is distilbert, not bert'",
        "distilbert, bert, 'its model_type is bert, not distilbert'"
    })
    void anotherKindIsNamed(String base, String other, String difference) {
        assertEquals(difference, of(base).difference(of(other)));
    }

    @ParameterizedTest
    @CsvSource({
        "layers, 12, 'it has 2 layers, not 12'",
        "hidden_size, 48, 'its hidden_size is 32, not 48'",
        "vocab_size, 7, 'its vocab_size is '"
    })
    void anotherSizeIsNamed(String size, int value, String difference) throws IOException {
        ObjectNode changed = ((ObjectNode) JSON.valueToTree(of("bert"))).put(size, value);
        assertTrue(brought(changed).orElseThrow().difference(of("bert")).startsWith(difference));
    }

    @ParameterizedTest
    @CsvSource({
        "bert, 2",
        "roberta, 2",
        "distilbert, 3",
        "decoders/gpt2, 2",
        "decoders/llama, 2",
        "decoders/mistral, 2",
        "decoders/qwen2, 2",
        "decoders/qwen3, 2"
    })
    void theWordsAndEveryLayerOfAllKindsAreSampled(String model, int layers) {
        assertEquals(layers, of(model).layers());
        assertEquals(16 + 4 * layers, of(model).weights().size());
    }

    /** As a model does that was tuned from the base: the words stay as they were, a layer's weights are a little different. */
    @Test
    void aModelThatWasTunedFromItIsAnother() throws IOException {
        Files.copy(GOLDEN.resolve("bert/config.json"), folder.resolve("config.json"));
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.openModel(GOLDEN.resolve("bert"))) {
            Map<String, NDArray> tensors = reader.readAll(scope);
            tensors.computeIfPresent(
                    "bert.encoder.layer.1.attention.self.query.weight", (_, weight) -> weight.mul(1.01));
            SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
        }
        assertEquals("it has the same sizes, but other weights", of("bert").difference(BaseFingerprint.of(folder)));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        assertEquals(Optional.of(of("bert")), brought(JSON.valueToTree(of("bert"))));
        Files.writeString(folder.resolve("metrics.json"), "{\"labels\": []}");
        assertEquals(Optional.empty(), BaseFingerprint.broughtBy(folder));
        Files.delete(folder.resolve("metrics.json"));
        assertEquals(Optional.empty(), BaseFingerprint.broughtBy(folder));
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "{}", "{\"model_type\": \"bert\"}", "{\"model_type\": \"bert\", \"weights\": [null]}"})
    void oneThatCantBeReadIsABadModelWithTheWayOut(String brought) {
        JobException refused = assertThrows(JobException.class, () -> brought(JSON.readTree(brought)));
        assertEquals(ErrorCode.BAD_MODEL, refused.error().code());
        assertTrue(refused.error().message().contains("metrics.json has a base_fingerprint that can't be read"));
        assertTrue(refused.error().message().endsWith("take it out, or fetch the artifact again"));
    }

    private Optional<BaseFingerprint> brought(Object fingerprint) throws IOException {
        ObjectNode report = JSON.createObjectNode().putPOJO(BaseFingerprint.FIELD, fingerprint);
        Files.writeString(folder.resolve("metrics.json"), JSON.writeValueAsString(report));
        return BaseFingerprint.broughtBy(folder);
    }
}
