package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.data.Batch;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Recording;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeadFilesTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final Map<String, HeadSpec> HEADS = heads();

    @TempDir
    Path folder;

    private final Backend backend = Backend.open("cpu", 1);
    private TextTokenizer tokenizer;

    private static Map<String, HeadSpec> heads() {
        Map<String, HeadSpec> heads = new LinkedHashMap<>();
        heads.put("news", HeadSpec.classification(List.of("a", "b", "c")));
        heads.put("stars", HeadSpec.number());
        return heads;
    }

    @BeforeEach
    void open() {
        tokenizer = TextTokenizer.open(GOLDEN.resolve("bert"), "bert");
    }

    @AfterEach
    void close() {
        tokenizer.close();
        backend.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "bert-bare", "roberta", "distilbert"})
    void whatIsWrittenGivesTheSameLogitsTaskByTask(String model) {
        float[] news;
        float[] stars;
        try (Network network = load(GOLDEN.resolve(model), 7)) {
            HeadFiles.write(folder, network, tokenizer);
            news = logits(network, "news");
            stars = logits(network, "stars");
        }
        assertEquals(HEADS, HeadFiles.heads(folder));
        assertEquals(2 * 3, news.length);
        assertEquals(2, stars.length);
        assertArrayEquals(news, predicted("news"));
        assertArrayEquals(stars, predicted("stars"));
    }

    @Test
    void theEncoderIsOneAsAutoModelOpensIt() throws Exception {
        try (Network network = load(GOLDEN.resolve("bert"), 7)) {
            HeadFiles.write(folder, network, tokenizer);
        }
        try (SafetensorsReader weights = SafetensorsReader.open(folder.resolve("model.safetensors"));
                SafetensorsReader head = SafetensorsReader.open(folder.resolve("heads/news.safetensors"))) {
            assertTrue(weights.contains("bert.pooler.dense.weight"));
            assertFalse(weights.names().stream().anyMatch(name -> name.contains("classifier")));
            assertEquals(
                    List.of("classifier.bias", "classifier.weight"),
                    head.names().stream().sorted().toList());
        }
        assertTrue(Files.readString(folder.resolve("config.json")).contains("\"BertModel\""));
    }

    @Test
    void aTaskThatIsNotThereIsRefusedWithThoseThatAre() {
        try (Network network = load(GOLDEN.resolve("bert"), 7)) {
            HeadFiles.write(folder, network, tokenizer);
        }
        String wrong = assertThrows(JobException.class, () -> predicted("new")).getMessage();
        assertEquals(
                "here has several tasks or domains, but no task new; choose one of news, stars; did you mean news?",
                wrong);
        String none = assertThrows(JobException.class, () -> predicted(null)).getMessage();
        assertEquals("here has several tasks or domains; choose one of news, stars", none);
    }

    @Test
    void aMissingHeadIsRefused() throws Exception {
        try (Network network = load(GOLDEN.resolve("bert"), 7)) {
            HeadFiles.write(folder, network, tokenizer);
        }
        Files.delete(folder.resolve("heads/stars.safetensors"));
        String message =
                assertThrows(JobException.class, () -> predicted("news")).getMessage();
        assertEquals("heads/stars.safetensors is missing beside heads.json; take the whole artifact", message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "../../other | heads.json names a head ../../other; a name has at most 64 letters",
                "a/b | heads.json names a head a/b",
                "news.v2 | heads.json names a head news.v2"
            })
    void aNameThatIsNoFilesIsRefused(String name, String message) throws Exception {
        Files.writeString(folder.resolve("heads.json"), "{\"%s\": {\"type\": \"regression\"}}".formatted(name));
        String refused = String.valueOf(
                assertThrows(JobException.class, () -> HeadFiles.heads(folder)).getMessage());
        assertTrue(refused.startsWith(message), refused);
    }

    @Test
    void aHeadWithoutLabelsIsRefused() throws Exception {
        Files.writeString(folder.resolve("heads.json"), "{\"news\": {\"type\": \"sequence_classification\"}}");
        String refused = String.valueOf(
                assertThrows(JobException.class, () -> HeadFiles.heads(folder)).getMessage());
        assertTrue(refused.startsWith("heads.json: head news has no labels"), refused);
    }

    @Test
    void anEncoderWithoutAllOfItsWeightsIsRefused() throws Exception {
        try (Network network = load(GOLDEN.resolve("bert"), 7)) {
            HeadFiles.write(folder, network, tokenizer);
        }
        try (NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.open(folder.resolve("model.safetensors"))) {
            Map<String, NDArray> tensors = new LinkedHashMap<>(reader.readAll(scope));
            tensors.remove("bert.pooler.dense.weight");
            SafetensorsWriter.write(folder.resolve("without.safetensors"), tensors);
        }
        Files.move(
                folder.resolve("without.safetensors"),
                folder.resolve("model.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        String message = String.valueOf(
                assertThrows(JobException.class, () -> predicted("news")).getMessage());
        assertTrue(
                message.startsWith("model.safetensors has no bert.pooler.dense.weight, which the heads read"), message);
    }

    private Network load(Path model, long seed) {
        return Models.load(model, HEADS, ModelHooks.NONE, backend, new LoadOptions(seed, 0.0));
    }

    private float[] predicted(@org.jspecify.annotations.Nullable String task) {
        Scoring scoring = new ArtifactModels(List.of()).scoring(folder, null, "here", tokenizer, backend, task);
        try (Network _ = scoring.network();
                Recording _ = Recording.off();
                NDManager scope = backend.scope()) {
            return scoring.forward().logits(batch(scope), false).toFloatArray();
        }
    }

    private float[] logits(Network network, String head) {
        try (Recording _ = Recording.off();
                NDManager scope = backend.scope()) {
            return network.logits(head, batch(scope).tokens(), false).toFloatArray();
        }
    }

    private Batch batch(NDManager scope) {
        TokenizedSet rows = TokenizedSet.unlabelled(tokenizer.encode(List.of("the soup was good", "rain"), null, 16));
        return Batch.of(scope, rows, new int[] {0, 1});
    }
}
