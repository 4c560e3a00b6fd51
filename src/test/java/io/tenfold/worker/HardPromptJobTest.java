package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.prompt.HardArtifact;
import io.tenfold.method.prompt.PromptMethod;
import io.tenfold.train.QuietSink;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job with hard prompts from the request to predictions with its artifact, with nothing to train and with a few rows. */
class HardPromptJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void copyTheModel() throws IOException {
        job = new DiskJob(root, "bert-mlm");
    }

    private String at(String name) {
        return job.at(name);
    }

    private JobEvent.Succeeded run(String options, List<JobEvent> events) throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree("""
                {"id": "job", "task": {"type": "sequence_classification"}, "data": {},
                 "method": {"name": "prompt", "kind": "hard", "templates": ["{text} It was [MASK].", "[MASK]: {text}"],
                   "verbalizer": {"food": ["soup", "bread"], "travel": "train", "weather": "rain"}, "calibrate": true%s},
                 "training": {"max_steps": 4, "batch_size": 8, "eval_steps": 2, "max_length": 24}}""".formatted(options));
        body.put("model", at("model")).put("output", at("out"));
        ((ObjectNode) body.path("data")).put("train", at("train.tsv")).put("validation", at("train.tsv"));
        QuietSink sink = job.run(body);
        events.addAll(sink.events());
        return DiskJob.succeeded(sink);
    }

    @Test
    void withNothingToTrainItIsScoredAndPublishedAsOneSmallFile() throws IOException {
        List<JobEvent> events = new ArrayList<>();
        JobEvent.Succeeded end = run("", events);
        assertEquals(
                List.of("started", "data_report", "evaluated", "succeeded"),
                events.stream().map(JobEvent::kind).toList());
        JsonNode train = report(
                assertInstanceOf(JobEvent.DataReport.class, events.get(1)).splits(), "train");
        assertEquals(
                Files.readAllLines(root.resolve("train.tsv")).size() - 1,
                train.path("rows").asInt());
        assertEquals(0, end.trainableParameters());
        assertEquals(0, end.bestStep());
        assertTrue(end.totalParameters() > 0);
        JsonNode metrics = JSON.valueToTree(end.metrics());
        assertEquals(2, metrics.path("templates").size());
        assertEquals(
                "{text} It was [MASK].",
                metrics.path("templates").get(0).path("template").asText());
        Path artifact = root.resolve("out/attempt-1");
        assertFalse(Files.exists(artifact.resolve("model.safetensors")));
        String card = Files.readString(artifact.resolve("README.md"));
        assertTrue(card.contains("library_name: tenfold\n"), card);
        assertTrue(card.contains("Chosen without training for `"), card);
        assertTrue(end.artifactBytes() < 60_000, "%d bytes".formatted(end.artifactBytes()));
        predictionsAreThoseOfTheJob(artifact);
    }

    @ParameterizedTest
    @ValueSource(strings = {"best", "ensemble"})
    void withAFewRowsItIsTrainedAndPublishedAsAModel(String select) throws IOException {
        JobEvent.Succeeded end = run(", \"shots\": 3, \"select\": \"%s\"".formatted(select), new ArrayList<>());
        assertEquals(end.totalParameters(), end.trainableParameters());
        Path artifact = root.resolve("out/attempt-1");
        assertTrue(Files.exists(artifact.resolve("model.safetensors")));
        predictionsAreThoseOfTheJob(artifact);
    }

    @Test
    void theReportCountsFilledTemplatesOfTheRowsThatAreTrainedOn() throws IOException {
        String text = "the rain ".repeat(11).strip();
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (String label : List.of("food", "travel", "weather", "food", "travel", "weather")) {
            rows.append(text).append('\t').append(label).append('\n');
        }
        Files.writeString(root.resolve("train.tsv"), rows);
        List<JobEvent> events = new ArrayList<>();
        // 22 tokens fit into 24 as they are, but not with a template around them.
        run(", \"shots\": 1", events);
        Map<String, JsonNode> splits =
                assertInstanceOf(JobEvent.DataReport.class, events.get(1)).splits();
        assertEquals(3, report(splits, "train").path("rows").asInt());
        assertEquals(3, report(splits, "train").path("truncated").asInt());
        assertEquals(6, report(splits, "validation").path("rows").asInt());
        assertEquals(6, report(splits, "validation").path("truncated").asInt());
    }

    private static JsonNode report(Map<String, JsonNode> splits, String name) {
        return Objects.requireNonNull(splits.get(name));
    }

    @Test
    void whoPredictsGivesAsManyTextsAsTheTemplateTakes() throws IOException {
        run("", new ArrayList<>());
        Path file = root.resolve("out/attempt-1").resolve("prompt.json");
        ArtifactModels models = new ArtifactModels(List.of(new PromptMethod(), new HardArtifact()));
        refuses(
                models,
                new TextRow("soup", "bread", null),
                "has no {text2}, but the rows have two texts; leave text2 out");
        Files.writeString(file, Files.readString(file).replace("{text}", "{text} {text2}"));
        refuses(
                models,
                new TextRow("soup", null, null),
                "has {text2}, but the rows have one text; give text2 for each row");
    }

    private void refuses(ArtifactModels models, TextRow row, String message) {
        try (Opened opened = new Predictor(job.store(), models, job.config())
                .open(List.of(new NamedArtifact("prompt", at("out/attempt-1"))), null, null, null)) {
            JobException refused = assertThrows(JobException.class, () -> opened.predict(List.of(row)));
            assertEquals(ErrorCode.BAD_REQUEST, refused.error().code());
            assertEquals("text2", refused.error().param());
            assertTrue(
                    refused.error().message().contains(message), refused.error().message());
        }
    }

    private void predictionsAreThoseOfTheJob(Path artifact) throws IOException {
        List<String> lines = Files.readAllLines(root.resolve("train.tsv"));
        List<String> predicted = Files.readAllLines(artifact.resolve("predictions-validation.jsonl"));
        ArtifactModels models = new ArtifactModels(List.of(new PromptMethod(), new HardArtifact()));
        List<TextRow> rows = lines.stream()
                .skip(1)
                .map(line -> new TextRow(line.substring(0, line.indexOf('\t')), null, null))
                .toList();
        assertEquals(rows.size(), predicted.size());
        try (Opened opened = new Predictor(job.store(), models, job.config())
                .open(List.of(new NamedArtifact("prompt", at("out"))), null, null, null)) {
            List<Prediction> predictions = opened.predict(rows);
            for (int i = 0; i < rows.size(); i++) {
                JsonNode expected = JSON.readTree(predicted.get(i));
                assertEquals(
                        expected.path("predicted").asText(), predictions.get(i).label());
                double sum = 0;
                for (int label = 0; label < 3; label++) {
                    float logit = predictions.get(i).logits()[label];
                    assertEquals(expected.path("logits").get(label).asDouble(), logit, 1e-5);
                    sum += Math.exp(logit);
                }
                assertEquals(1, sum, 1e-5, "logits are the labels' log probabilities");
            }
        }
    }
}
