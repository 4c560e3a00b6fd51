package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.RequestReader;
import io.tenfold.method.GoldenJob;
import io.tenfold.tensor.Backend;
import io.tenfold.train.QuietSink;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.TextRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs on two domains with a tiny decoder: the next word of the target's texts first, then labels, numbers or answers. */
class DecoderDomainJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PRETRAIN = "'kind': 'pretrain', 'pretrain_steps': 20, 'pretrain_learning_rate': 5e-3";
    private static final String LORA = "'kind': 'domain_adapters', 'adapter': {'name': 'lora', 'r': 2}";

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void copyModelAndSplitRows() throws IOException {
        job = new DiskJob(root, "language/llama");
        List<String> lines = Files.readAllLines(root.resolve("train.tsv"));
        List<List<String>> domains = List.of(new ArrayList<>(), new ArrayList<>());
        for (int row = 1; row < lines.size(); row++) {
            domains.get(row % 2).add(lines.get(row));
        }
        for (int domain = 0; domain < 2; domain++) {
            String name = domain == 0 ? "source" : "target";
            List<String> rows = domains.get(domain);
            List<String> texts = rows.stream()
                    .map(row -> row.substring(0, row.indexOf('\t')))
                    .toList();
            List<String> labelled = new ArrayList<>(rows);
            labelled.addFirst(lines.getFirst());
            Files.write(root.resolve(name + ".tsv"), labelled);
            Files.write(root.resolve(name + ".txt"), texts);
            List<String> answers = new ArrayList<>();
            List<String> numbers = new ArrayList<>(List.of("text\tlabel"));
            for (String text : texts) {
                int cut = Math.max(0, text.indexOf(' ', text.length() / 3));
                answers.add(JSON.createObjectNode()
                        .put("prompt", text.substring(0, cut))
                        .put("completion", text.substring(cut))
                        .toString());
                numbers.add("%s\t%d".formatted(text, text.length()));
            }
            Files.write(root.resolve(name + ".jsonl"), answers);
            Files.write(root.resolve(name + ".numbers.tsv"), numbers);
        }
    }

    /** @param ending of the rows' files */
    private ObjectNode request(String task, String options, String ending) throws IOException {
        ObjectNode body =
                (ObjectNode) JSON.readTree("""
                {'id': 'job', 'task': {'type': '%s'}, 'method': {'name': 'domain', %s},
                 'training': {'max_steps': 6, 'batch_size': 4, 'eval_steps': 3, 'learning_rate': 1e-3, 'max_length': 32,
                              'logging_steps': 1}}""".formatted(task, options).replace('\'', '"'));
        body.put("model", job.at("model")).put("output", job.at("out"));
        ObjectNode data = body.putObject("data");
        data.put("train", job.at("source" + ending)).put("validation", job.at("source" + ending));
        data.putObject("target")
                .put("train", job.at(options.contains("pretrain") ? "target.txt" : "target" + ending))
                .put("validation", job.at("target" + ending));
        return body;
    }

    private ObjectNode labels(String options) throws IOException {
        return request("sequence_classification", options, ".tsv");
    }

    private ObjectNode answers(String options) throws IOException {
        return request("causal_lm", options, ".jsonl");
    }

    private static double number(@Nullable Object metrics, String name) {
        return JSON.valueToTree(metrics).path(name).asDouble();
    }

    private static List<Double> perplexities(QuietSink sink) {
        return sink.events().stream()
                .filter(event -> event instanceof JobEvent.Evaluated evaluated && "pretrain".equals(evaluated.stage()))
                .map(event -> number(((JobEvent.Evaluated) event).metrics(), "perplexity"))
                .toList();
    }

    private static void falls(List<Double> perplexities) {
        assertTrue(perplexities.getLast() < 0.95 * perplexities.getFirst(), perplexities.toString());
    }

    private Path artifact() {
        return root.resolve("out/attempt-1");
    }

    private static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    private Opened open() {
        return open(null);
    }

    private Opened open(@Nullable String domain) {
        return new Predictor(job.store(), GoldenJob.allModels(), job.config())
                .open(List.of(new NamedArtifact("tuned", job.at("out"))), null, null, domain);
    }

    /** Of which one must be chosen, or none. */
    private static List<@Nullable String> domains(String kind) {
        return kind.contains("adapters") ? List.of("source", "target") : Collections.singletonList(null);
    }

    /** An output layer of its own in place of the word embeddings. */
    private void untie() throws IOException {
        Path file = root.resolve("model/model.safetensors");
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope()) {
            try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                tensors.putAll(reader.readAll(scope));
            }
            tensors.put(
                    "lm_head.weight",
                    Objects.requireNonNull(tensors.get("model.embed_tokens.weight"))
                            .flip(0));
            SafetensorsWriter.write(file, tensors);
        }
        ObjectNode config = (ObjectNode) json(root.resolve("model/config.json"));
        JSON.writeValue(root.resolve("model/config.json").toFile(), config.put("tie_word_embeddings", false));
    }

    @ParameterizedTest
    @CsvSource({
        "sequence_classification, .tsv, false, target",
        "sequence_classification, .tsv, true, both",
        "regression, .numbers.tsv, false, both",
        "causal_lm, .jsonl, true, target",
        "causal_lm, .jsonl, false, both"
    })
    void theNextWordOfTheTextsIsLearntFirstAndThenTheTask(String task, String ending, boolean untied, String on)
            throws IOException {
        if (untied) {
            untie();
        }
        ObjectNode body = request(task, PRETRAIN + ", 'pretrain_on': '%s'".formatted(on), ending);
        ((ObjectNode) body.path("training")).put("eval_steps", 5);
        QuietSink sink = job.run(body);
        JobEvent.Succeeded done = DiskJob.succeeded(sink);
        falls(perplexities(sink));
        assertEquals(perplexities(sink).getLast(), number(done.metrics().get("pretrain"), "perplexity"), 0);
        JsonNode report = sink.events().stream()
                .filter(JobEvent.DataReport.class::isInstance)
                .map(event -> JSON.<JsonNode>valueToTree(((JobEvent.DataReport) event).splits()))
                .findFirst()
                .orElseThrow();
        assertEquals(
                1,
                report.path("target.texts").path("language").path("documents").asInt(),
                report.toString());
        assertEquals(on.equals("both"), report.has("texts"));
        assertFalse(report.has("target.train"), "the texts are not read as rows");

        boolean language = task.equals("causal_lm");
        JsonNode config = json(artifact().resolve("config.json"));
        assertEquals(
                language ? "LlamaForCausalLM" : "LlamaForSequenceClassification",
                config.path("architectures").path(0).asText());
        try (SafetensorsReader weights = SafetensorsReader.open(artifact().resolve("model.safetensors"))) {
            assertEquals(untied && language, weights.contains("lm_head.weight"));
            assertEquals(!language, weights.contains("score.weight"));
        }
        try (Opened opened = open()) {
            assertEquals(language ? Opened.Kind.TEXTS : Opened.Kind.LABELS, opened.kind());
        }
    }

    /** What a job leaves says of a row what the job said. */
    @Test
    void thePublishedClassifierGivesTheJobsLogits() throws IOException {
        DiskJob.succeeded(job.run(labels(PRETRAIN)));
        List<TextRow> rows = Files.readAllLines(root.resolve("target.txt")).stream()
                .map(text -> new TextRow(text, null, null))
                .toList();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(artifact().resolve("predictions-validation.jsonl"))) {
            if (JSON.readTree(line).path("domain").asText().equals("target")) {
                lines.add(JSON.readTree(line));
            }
        }
        assertEquals(rows.size(), lines.size());
        try (Opened opened = open()) {
            List<Predictor.Prediction> said = opened.predict(rows);
            for (int row = 0; row < rows.size(); row++) {
                for (int i = 0; i < said.get(row).logits().length; i++) {
                    assertEquals(
                            lines.get(row).path("logits").path(i).asDouble(),
                            said.get(row).logits()[i],
                            1e-5);
                }
            }
        }
    }

    /** Rows of texts are joined as well, and validation texts that are learnt from are no measure. */
    @Test
    void textsOfRowsAreJoinedAndHeldOutOnesAreOthers() throws IOException {
        List<String> rows = Files.readAllLines(root.resolve("target.tsv"));
        Files.write(root.resolve("known.tsv"), rows.subList(0, 12));
        ObjectNode body = labels(PRETRAIN);
        ((ObjectNode) body.at("/data/target")).put("train", job.at("known.tsv"));
        QuietSink sink = job.run(body);
        JobEvent.Succeeded done = DiskJob.succeeded(sink);
        double others = number(done.metrics().get("pretrain"), "perplexity");
        // Without the known rows among the validation rows the same is measured.
        List<String> unknown = new ArrayList<>(rows.subList(0, 1));
        unknown.addAll(rows.subList(12, rows.size()));
        Files.write(root.resolve("unknown.tsv"), unknown);
        ((ObjectNode) body.at("/data/target")).put("validation", job.at("unknown.tsv"));
        JobEvent.Succeeded same = DiskJob.succeeded(job.run(body.put("output", job.at("other"))));
        assertEquals(others, number(same.metrics().get("pretrain"), "perplexity"), 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'kind': 'source_only'",
                "'kind': 'supervised'",
                "'kind': 'dann'",
                "'kind': 'coral'",
                "'kind': 'mmd'",
                "'kind': 'domain_adapters'",
                LORA
            })
    void theOtherKindsLearnLabelsWithADecoder(String kind) throws IOException {
        JobEvent.Succeeded done = DiskJob.succeeded(job.run(labels(kind)));
        for (String domain : List.of("source", "target")) {
            assertNotNull(done.metrics().get(domain), done.metrics().toString());
        }
        assertEquals(kind.contains("dann"), done.metrics().containsKey("discriminator"));
        for (@Nullable String domain : domains(kind)) {
            try (Opened opened = open(domain)) {
                assertEquals(Opened.Kind.LABELS, opened.kind());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"'kind': 'source_only'", "'kind': 'supervised'"})
    void answersAreLearntOfOneDomainAndThenOfTheOther(String kind) throws IOException {
        ObjectNode body = answers(kind);
        ((ObjectNode) body.path("training")).put("max_steps", 30).put("learning_rate", 5e-3);
        QuietSink sink = job.run(body);
        JobEvent.Succeeded done = DiskJob.succeeded(sink);
        double source = number(done.metrics().get("source"), "perplexity");
        double target = number(done.metrics().get("target"), "perplexity");
        assertEquals(
                kind.contains("supervised"), target < source, done.metrics().toString());
        double best = sink.events().stream()
                .filter(event -> event instanceof JobEvent.Evaluated evaluated && !"source".equals(evaluated.stage()))
                .mapToDouble(
                        event -> number(((JobEvent.Evaluated) event).metrics().get("target"), "perplexity"))
                .min()
                .orElseThrow();
        assertEquals(best, target, 1e-9);
        List<String> lines = Files.readAllLines(artifact().resolve("predictions-validation.jsonl"));
        assertEquals("source", JSON.readTree(lines.getFirst()).path("domain").asText());
        assertTrue(JSON.readTree(lines.getLast()).path("loss").asDouble() > 0);
    }

    /** After so many checkpoints a job stops: in its first stage, between the two, in its second. */
    @ParameterizedTest
    @CsvSource({
        "sequence_classification, .tsv, 1",
        "causal_lm, .jsonl, 2",
        "sequence_classification, .tsv, 3",
        "causal_lm, .jsonl, 4"
    })
    void aResumptionInAnyStageEndsWithTheSameBytes(String task, String ending, int checkpoints) throws IOException {
        ObjectNode body = request(task, "'kind': 'pretrain', 'pretrain_steps': 4, 'pretrain_on': 'both'", ending);
        ((ObjectNode) body.path("training")).put("save_steps", 2);
        QuietSink stopping = QuietSink.handingOverAfter(checkpoints);
        JobEvent last = job.run(body, 1, null, stopping).events().getLast();
        assertTrue(last instanceof JobEvent.HandedOver, last.toString());
        JobEvent.HandedOver handed = (JobEvent.HandedOver) last;
        CheckpointRef from = new CheckpointRef(handed.step(), String.valueOf(handed.uri()));
        JobEvent.Succeeded resumed = DiskJob.succeeded(job.run(body, 2, from, new QuietSink()));
        JobEvent.Succeeded whole = DiskJob.succeeded(job.run(body.deepCopy().put("output", job.at("straight"))));
        for (String file : List.of("model.safetensors", "predictions-validation.jsonl")) {
            assertArrayEquals(
                    Files.readAllBytes(root.resolve("straight/attempt-1").resolve(file)),
                    Files.readAllBytes(root.resolve("out/attempt-2").resolve(file)),
                    file);
        }
        assertEquals(JSON.writeValueAsString(whole.metrics()), JSON.writeValueAsString(resumed.metrics()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlm_probability", "whole_word"})
    void nothingIsMaskedOfADecoder(String option) throws IOException {
        String options = PRETRAIN + ", '%s': %s".formatted(option, option.startsWith("mlm") ? "0.2" : "true");
        JobError error = DiskJob.failed(job.run(labels(options))).error();
        assertEquals("method." + option, error.param());
        assertTrue(error.message().contains("none is masked; leave it out, or take an encoder"), error.message());
        assertEquals(List.of(error.message()), messages(answers(options)), "of answers the request alone shows it");
    }

    private static List<String> messages(ObjectNode body) {
        return switch (new RequestReader(GoldenJob.allMethods(), GoldenJob.locationsAreFine()).read(body, "job")) {
            case RequestReader.Result.Valid _ -> List.of();
            case RequestReader.Result.Invalid(List<JobError> errors) ->
                errors.stream().map(JobError::message).toList();
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"'kind': 'dann'", "'kind': 'coral'", "'kind': 'mmd'", LORA})
    void kindsThatLearnLabelsSayWhatLearnsALanguage(String kind) throws IOException {
        List<String> messages = messages(answers(kind));
        assertEquals(1, messages.size(), messages.toString());
        assertTrue(
                messages.getFirst().endsWith("pretrain, supervised and source_only learn causal_lm; take one of these"),
                messages.getFirst());
    }

    @Test
    void textsForOneRowAreTooFew() throws IOException {
        Files.writeString(root.resolve("target.txt"), "The soup was warm.");
        JobError error = DiskJob.failed(job.run(labels(PRETRAIN))).error();
        assertEquals("data.target.train", error.param());
        assertTrue(error.message().contains("has texts for one row of training.max_length 32"), error.message());
    }
}
