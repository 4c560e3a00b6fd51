package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.BaseFingerprint;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.adapter.AdapterHubOpener;
import io.tenfold.method.adapter.Ia3Opener;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.method.prefix.PrefixMethod;
import io.tenfold.method.prompt.PromptMethod;
import io.tenfold.storage.LocationStore;
import io.tenfold.storage.TestStores;
import io.tenfold.tensor.Backend;
import io.tenfold.worker.Predictor.Averaging;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.Prediction;
import io.tenfold.worker.Predictor.TextRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several artifacts on one base: each row gets its own, the base is there once. */
class PredictorTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    /** Three tasks by three methods. */
    private static final Map<String, String> LABELS = Map.of(
            "bert-adapter-pfeiffer", "food travel weather",
            "bert-lora", "good bad mixed",
            "bert-ia3", "now later never");

    @TempDir
    Path root;

    private Predictor predictor;

    PredictorTest() {
        predictor = predictor(Path.of("."));
    }

    private static Predictor predictor(Path root) {
        LocationStore store = TestStores.files(root);
        ArtifactModels models = new ArtifactModels(List.of(
                new AdapterHubOpener(), new Ia3Opener(), new LoraMethod(), new PrefixMethod(), new PromptMethod()));
        return new Predictor(store, models, new RunnerConfig("cpu", 1, Optional.of(root.resolve("work"))));
    }

    @BeforeEach
    void copyTheArtifacts() throws IOException {
        predictor = predictor(root);
        for (String name : List.of(
                "bert",
                "roberta",
                "bert-lora",
                "bert-ia3",
                "bert-adapter-pfeiffer",
                "bert-adapter-second",
                "bert-soft",
                "bert-prefix",
                "bert-p-tuning",
                "roberta-adapter-pfeiffer")) {
            Path target = Files.createDirectory(root.resolve(name));
            try (Stream<Path> files = Files.list(GOLDEN.resolve(name))) {
                for (Path file : files.toList()) {
                    Files.copy(file, target.resolve(file.getFileName()));
                }
            }
        }
        copyOfTheBase("bert-elsewhere", _ -> {});
        copyOfTheBase("bert-other", tensors -> tensors.replaceAll((_, tensor) -> tensor.mul(1.1)));
        for (Map.Entry<String, String> artifact : LABELS.entrySet()) {
            String labels = "\"" + artifact.getValue().replace(" ", "\", \"") + "\"";
            Files.writeString(
                    root.resolve(artifact.getKey()).resolve("metrics.json"), "{\"labels\": [" + labels + "]}");
        }
    }

    private void copyOfTheBase(String name, Consumer<Map<String, NDArray>> change) throws IOException {
        Path target = Files.createDirectory(root.resolve(name));
        for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt")) {
            Files.copy(root.resolve("bert").resolve(file), target.resolve(file));
        }
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.openModel(root.resolve("bert"))) {
            Map<String, NDArray> tensors = reader.readAll(scope);
            change.accept(tensors);
            SafetensorsWriter.write(target.resolve("model.safetensors"), tensors);
        }
    }

    private String at(String name) {
        return "file:" + root.resolve(name);
    }

    private NamedArtifact named(String name) {
        return new NamedArtifact(name, at(name));
    }

    private static TextRow row(String text, @Nullable String use) {
        return new TextRow(text, null, use);
    }

    private Prediction alone(String artifact, String text) {
        try (Opened opened = predictor.open(List.of(named(artifact)), at("bert"), null, null)) {
            return opened.predict(List.of(row(text, null))).getFirst();
        }
    }

    @Test
    void everyRowGetsItsOwnArtifactAndAllShareOneBase() {
        List<String> artifacts = List.of("bert-adapter-pfeiffer", "bert-lora", "bert-ia3");
        List<TextRow> rows = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            rows.add(row("row number %d is here".formatted(i % 5), i % 4 == 3 ? null : artifacts.get(i % 4)));
        }
        try (Opened opened = predictor.open(artifacts.stream().map(this::named).toList(), at("bert"), null, null)) {
            assertEquals(1, opened.bases());
            assertEquals(1, opened.tokenizers());
            List<Prediction> predictions = opened.predict(rows);
            for (int i = 0; i < rows.size(); i++) {
                TextRow row = rows.get(i);
                String artifact = row.use() == null ? "bert-adapter-pfeiffer" : row.use();
                Prediction expected = alone(artifact, row.text());
                assertEquals(i, predictions.get(i).row());
                assertArrayEquals(expected.logits(), predictions.get(i).logits(), 1e-5f, artifact);
                assertEquals(expected.label(), predictions.get(i).label());
                assertTrue(List.of(Objects.requireNonNull(LABELS.get(artifact)).split(" ", -1))
                        .contains(String.valueOf(predictions.get(i).label())));
            }
        }
    }

    @Test
    void theAverageLabelsRowsThatNameNoneAndItsPartsLabelTheirOwn() throws IOException {
        Files.delete(root.resolve("bert-adapter-pfeiffer/metrics.json"));
        List<NamedArtifact> artifacts = List.of(named("bert-adapter-pfeiffer"), named("bert-adapter-second"));
        String text = "a row";
        try (Opened opened = predictor.open(artifacts, at("bert"), new Averaging(List.of(0.0, 2.0)), null)) {
            assertEquals(1, opened.bases());
            List<Prediction> predictions = opened.predict(List.of(
                    row(text, null), row(text, "average"), row(text, "bert-adapter-pfeiffer"), row(text, null)));
            // The first one counts nothing, so that the average is the second one.
            float[] second = alone("bert-adapter-second", text).logits();
            assertArrayEquals(second, predictions.get(0).logits(), 1e-5f);
            assertArrayEquals(second, predictions.get(1).logits(), 1e-5f);
            assertArrayEquals(
                    alone("bert-adapter-pfeiffer", text).logits(),
                    predictions.get(2).logits(),
                    1e-5f);
        }
        try (Opened opened = predictor.open(artifacts, at("bert"), new Averaging(List.of()), null);
                Stream<Path> left = Files.list(root.resolve("work"))) {
            assertEquals(1, opened.predict(List.of(row(text, null))).size());
            assertEquals(0, left.filter(Files::isDirectory).count(), "the average's files are gone");
        }
    }

    @Test
    void whatCantBeOpenedTogetherIsRefusedByName() {
        refused(
                List.of(named("bert-lora"), new NamedArtifact("bert-lora", at("bert-ia3"))),
                null,
                "two artifacts are called bert-lora; give each a name of its own");
        refused(
                List.of(named("bert-lora"), new NamedArtifact("average", at("bert-lora"))),
                new Averaging(List.of()),
                "two artifacts are called average; give each a name of its own");
        refused(
                List.of(named("bert-lora"), named("bert")),
                new Averaging(List.of()),
                "bert can't be averaged with bert-lora: the base is itself of the one");
        refused(
                List.of(named("bert-lora"), named("bert-ia3")),
                new Averaging(List.of()),
                "bert-ia3 can't be averaged with bert-lora: the format is PEFT's IA3 in bert-ia3");
    }

    @Test
    void aBaseForAWholeModelIsRefused() {
        refused(
                List.of(named("roberta")),
                null,
                "the model %s is given as a base, but %s is a whole model and has none"
                        .formatted(at("bert"), at("roberta")));
    }

    /** Their sizes agree, so that nothing else would tell. */
    @Test
    void anotherBaseOfTheSameSizesIsRefusedWhereTheArtifactKnowsItsOwn() throws IOException {
        for (String artifact : List.of(
                "bert-lora", "bert-ia3", "bert-adapter-pfeiffer", "bert-soft", "bert-prefix", "bert-p-tuning")) {
            Files.writeString(
                    root.resolve(artifact).resolve("metrics.json"),
                    new ObjectMapper()
                            .createObjectNode()
                            .putPOJO(BaseFingerprint.FIELD, BaseFingerprint.of(root.resolve("bert")))
                            .toString());
            assertEquals(3, alone(artifact, "a row").logits().length);
            predictor
                    .open(List.of(named(artifact)), at("bert-elsewhere"), null, null)
                    .close();
            JobException refused = assertThrows(
                    JobException.class, () -> predictor.open(List.of(named(artifact)), at("bert-other"), null, null));
            assertEquals(ErrorCode.BAD_MODEL, refused.error().code());
            assertEquals("model", refused.error().param());
            assertEquals(
                    "%s was made for another base than %s: it has the same sizes, but other weights; give its own base with --model (it was made on bert)"
                            .formatted(at(artifact), at("bert-other")),
                    refused.error().message());
        }
    }

    @Test
    void aBlankCellChoosesTheDefault() throws IOException {
        Files.writeString(root.resolve("rows.csv"), "text,use\na row,bert-lora\nanother,\na third,  \n");
        List<TextRow> rows = new TextRows(TestStores.files(root)).read(at("rows.csv"), null, "use", "bert-ia3");
        assertEquals(
                List.of("bert-lora", "bert-ia3", "bert-ia3"),
                rows.stream().map(TextRow::use).toList());
        List<TextRow> first = new TextRows(TestStores.files(root)).read(at("rows.csv"), null, "use", null);
        assertEquals(row("another", null), first.get(1));
    }

    @Test
    void aMetricsFileThatIsTooLargeIsNotRead() throws IOException {
        for (String file : List.of("metrics.json", "request.json")) {
            Path target = root.resolve("bert-lora").resolve(file);
            Files.writeString(target, "{\"labels\": [\"a\", \"b\", \"c\"]}" + " ".repeat(10_000_001));
            JobException refused = assertThrows(JobException.class, () -> alone("bert-lora", "a row"));
            assertTrue(
                    refused.error().message().startsWith(file + " has 1000"),
                    refused.error().message());
            Files.delete(target);
        }
    }

    @Test
    void aRowThatNamesNoneOfThemIsRefused() {
        try (Opened opened = predictor.open(List.of(named("bert-lora"), named("bert-ia3")), at("bert"), null, null)) {
            JobException refused =
                    assertThrows(JobException.class, () -> opened.predict(List.of(row("a row", "bert-lara"))));
            assertEquals(
                    "no artifact is called bert-lara; there are bert-lora, bert-ia3",
                    refused.error().message());
        }
    }

    private void refused(List<NamedArtifact> artifacts, @Nullable Averaging averaging, String message) {
        JobException refused = assertThrows(
                JobException.class,
                () -> predictor.open(artifacts, at("bert"), averaging, null).close());
        assertEquals(ErrorCode.BAD_REQUEST, refused.error().code());
        assertTrue(
                refused.error().message().startsWith(message), refused.error().message());
    }
}
