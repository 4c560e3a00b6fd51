package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.JobException;
import io.tenfold.method.GoldenJob;
import io.tenfold.worker.Predictor.Averaging;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.TextRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several artifacts of language models on one decoder: chosen by rows, averaged, or refused by name. */
class LanguagePredictTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PROMPT = "The train was";

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void copyTheModel() throws IOException {
        job = new DiskJob(root, "language/llama");
    }

    private NamedArtifact artifact(String golden) throws IOException {
        if (!Files.exists(root.resolve(golden))) {
            job.copy("language/" + golden, golden);
        }
        return new NamedArtifact(golden, job.at(golden));
    }

    private Opened open(List<NamedArtifact> artifacts, @Nullable Averaging averaging, @Nullable String part) {
        return new Predictor(job.store(), GoldenJob.allModels(), job.config())
                .open(artifacts, job.at("model"), averaging, part);
    }

    private static List<String> written(Opened opened, @Nullable String... uses) {
        List<TextRow> rows =
                Stream.of(uses).map(use -> new TextRow(PROMPT, null, use)).toList();
        return opened.write(rows, new Manner(12, 0, 0, 1, 42, List.of(), null, false)).stream()
                .map(WrittenText::generated)
                .toList();
    }

    @Test
    void rowsChooseTheirArtifact() throws IOException {
        try (Opened opened = open(List.of(artifact("llama-lora-words"), artifact("llama-houlsby")), null, null)) {
            List<String> texts = written(opened, null, "llama-houlsby", "llama-lora-words");
            assertEquals(texts.getFirst(), texts.getLast());
            assertNotEquals(texts.getFirst(), texts.get(1));
            String refused = String.valueOf(assertThrows(JobException.class, () -> written(opened, "llama"))
                    .getMessage());
            assertEquals("no artifact is called llama; there are llama-lora-words, llama-houlsby", refused);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-lora", "llama-houlsby", "llama-ia3", "llama-prefix", "llama-soft"})
    void theAverageOfAnArtifactWithItselfWritesWhatItWrites(String golden) throws IOException {
        NamedArtifact first = artifact(golden);
        NamedArtifact second = new NamedArtifact("second", first.location());
        try (Opened opened = open(List.of(first, second), new Averaging(List.of(3.0, 1.0)), null)) {
            assertEquals(Opened.Kind.TEXTS, opened.kind());
            List<String> texts = written(opened, "average", golden);
            assertEquals(texts.getFirst(), texts.getLast());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama-lora|llama-houlsby|llama-houlsby can't be averaged with llama-lora: the format is adapter-hub's bottlenecks in llama-houlsby and PEFT's LORA in llama-lora",
                "llama-houlsby|llama-pfeiffer|llama-pfeiffer can't be averaged with llama-houlsby: mh_adapter is left out in llama-pfeiffer and true in llama-houlsby",
                "llama-lora|llama-full|llama-full can't be averaged with llama-lora: the base is itself"
            })
    void whatHasNoAverageIsRefusedByName(String first, String second, String message) throws IOException {
        List<NamedArtifact> both = second.endsWith("-full")
                ? List.of(artifact(first), new NamedArtifact(second, job.at("model")))
                : List.of(artifact(first), artifact(second));
        refused(both, new Averaging(List.of()), null, message);
    }

    @Test
    void conversationsAndTextsAreNotAveraged() throws IOException {
        NamedArtifact chats = artifact("llama-lora");
        job.copy("language/llama-lora", "texts");
        Files.writeString(root.resolve("llama-lora/metrics.json"), "{\"chat\": true}");
        Files.writeString(root.resolve("texts/metrics.json"), "{\"chat\": false}");
        refused(
                List.of(chats, new NamedArtifact("texts", job.at("texts"))),
                new Averaging(List.of()),
                null,
                "texts can't be averaged with llama-lora: chat is false in texts and true in llama-lora");
    }

    @Test
    void aTaskOrDomainIsRefusedWhereThereIsOne() throws IOException {
        refused(
                List.of(artifact("llama-houlsby")),
                null,
                "news",
                "is for one task and one domain, and news is asked for; leave that out");
    }

    /** Decoders label texts in methods of several tasks, too. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\": \"multitask\"}",
                "{\"name\": \"continual\", \"strategy\": \"naive\", \"base\": \"full\"}",
                "{\"name\": \"continual\", \"strategy\": \"expansion\", \"base\": \"adapter\"}"
            })
    void aDecodersTasksAreChosenByName(String method) throws IOException {
        Files.copy(GoldenJob.GOLDEN.resolve("bert/curve.tsv"), root.resolve("rows.tsv"));
        ObjectNode body = (ObjectNode) JSON.readTree("""
                {"id": "job", "task": {"type": "sequence_classification"}, "method": %s,
                 "data": {"tasks": [{"name": "a", "train": "%2$s", "validation": "%2$s"},
                                    {"name": "b", "train": "%2$s", "validation": "%2$s"}]},
                 "training": {"max_steps": 4, "batch_size": 4}}""".formatted(method, job.at("rows.tsv")));
        DiskJob.succeeded(job.run(body.put("model", job.at("model")).put("output", job.at("out"))));
        List<NamedArtifact> out = List.of(new NamedArtifact("out", job.at("out")));
        String base = method.contains("adapter") ? job.at("model") : null;
        Predictor predictor = new Predictor(job.store(), GoldenJob.allModels(), job.config());
        try (Opened opened = predictor.open(out, base, null, "b")) {
            assertEquals(Opened.Kind.LABELS, opened.kind());
            assertEquals(
                    3,
                    opened.predict(List.of(new TextRow(PROMPT, null, null)))
                            .getFirst()
                            .logits()
                            .length);
        }
        JobException refused = assertThrows(JobException.class, () -> predictor.open(out, base, null, "c"));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("choose one of a, b"),
                String.valueOf(refused.getMessage()));
    }

    private void refused(
            List<NamedArtifact> artifacts, @Nullable Averaging averaging, @Nullable String part, String message) {
        String refused = String.valueOf(assertThrows(JobException.class, () -> open(artifacts, averaging, part)
                        .close())
                .getMessage());
        assertTrue(refused.contains(message), refused);
    }
}
