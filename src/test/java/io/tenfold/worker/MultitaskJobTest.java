package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.GoldenJob;
import io.tenfold.train.QuietSink;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.TextRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job with a label, a number and tags to learn at once, from the request to predictions with its artifact. */
class MultitaskJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void copyModelAndData() throws IOException {
        job = new DiskJob(root);
        for (String data : List.of("bert/curve.tsv", "bert-multitask/gap.tsv", "bert-tokens/tags.jsonl")) {
            Path file = GoldenJob.GOLDEN.resolve(data);
            Files.copy(file, root.resolve(file.getFileName()));
        }
    }

    private String at(String name) {
        return job.at(name);
    }

    private ObjectNode request(String options) throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree("""
                {"id": "job", "method": {"name": "multitask"%s}, "data": {"tasks": [
                   {"name": "topic", "train": "%s", "validation": "%s", "task": {"type": "sequence_classification"}},
                   {"name": "gap", "train": "%s", "validation": "%s", "task": {"type": "regression"},
                    "columns": {"text2": "text2"}},
                   {"name": "tags", "train": "%s", "validation": "%s", "task": {"type": "token_classification"}}]},
                 "training": {"max_steps": 12, "batch_size": 8, "eval_steps": 6, "learning_rate": 1e-3, "logging_steps": 1}}
                """.formatted(
                        options,
                        at("curve.tsv"),
                        at("curve.tsv"),
                        at("gap.tsv"),
                        at("gap.tsv"),
                        at("tags.jsonl"),
                        at("tags.jsonl")));
        return body.put("model", at("model")).put("output", at("out"));
    }

    private QuietSink run(JsonNode body) {
        return job.run(body);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                " | false | false",
                ", 'loss_weights': 'uncertainty' | true | false",
                ", 'loss_weights': 'dwa', 'sampling': 'temperature' | true | false",
                ", 'loss_weights': 'gradnorm', 'gradients': 'pcgrad' | true | true"
            })
    void threeTasksBecomeOneModelWithAHeadForEach(@Nullable String options, boolean learned, boolean projected)
            throws IOException {
        QuietSink sink = run(request(options == null ? "" : options.replace('\'', '"')));
        JsonNode metrics = JSON.valueToTree(DiskJob.succeeded(sink).metrics());
        JsonNode tasks = metrics.path("tasks");
        double mean = (tasks.at("/topic/accuracy").asDouble()
                        + tasks.at("/gap/pearson").asDouble()
                        + tasks.at("/tags/f1").asDouble())
                / 3;
        assertEquals(mean, metrics.path("mean").asDouble(), 1e-12);
        assertEquals(learned, metrics.has("loss_weights"));
        assertEquals(learned ? 3 : 0, metrics.path("loss_weights").size());
        assertEquals(projected ? 3 : 0, metrics.path("conflicts").size());
        assertEquals(
                2,
                sink.events().stream()
                        .filter(JobEvent.Evaluated.class::isInstance)
                        .count());
        Path artifact = root.resolve("out/attempt-1");
        assertTrue(Files.readString(artifact.resolve("README.md")).contains("| topic accuracy | "));
        try (SafetensorsReader reader = SafetensorsReader.open(artifact.resolve("model.safetensors"))) {
            assertTrue(reader.names().stream().noneMatch(name -> name.contains("classifier")));
            assertTrue(reader.names().stream().noneMatch(name -> name.contains("variance")));
        }
        predictionsAreThoseOfTheJob(artifact);
    }

    private void predictionsAreThoseOfTheJob(Path artifact) throws IOException {
        List<JsonNode> lines = Files.readAllLines(artifact.resolve("predictions-validation.jsonl")).stream()
                .map(MultitaskJobTest::json)
                .toList();
        assertEquals(
                List.of("topic", "gap", "tags"),
                lines.stream()
                        .map(line -> line.path("task").asText())
                        .distinct()
                        .toList());
        assertEquals(40 + 24 + 40, lines.size());
        List<String> topic = Files.readAllLines(root.resolve("curve.tsv"));
        List<TextRow> rows = topic.stream()
                .skip(1)
                .map(line -> new TextRow(line.substring(0, line.indexOf('\t')), null, null))
                .toList();
        Predictor predictor = new Predictor(job.store(), new ArtifactModels(List.of()), job.config());
        try (Opened opened = predictor.open(List.of(new NamedArtifact("tuned", at("out"))), null, null, "topic")) {
            List<Predictor.Prediction> predictions = opened.predict(rows);
            for (int row = 0; row < rows.size(); row++) {
                assertEquals(
                        lines.get(row).path("predicted").asText(),
                        predictions.get(row).label());
                assertEquals(
                        lines.get(row).path("logits").get(0).asDouble(),
                        predictions.get(row).logits()[0],
                        1e-5);
            }
        }
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aJobThatStopsGoesOnToTheSameBytes() throws IOException {
        ObjectNode body = request(", \"loss_weights\": \"gradnorm\", \"gradients\": \"pcgrad\"");
        QuietSink stopped = job.run(body, 1, null, new QuietSink(Interruption.HAND_OVER, 12));
        JobEvent.HandedOver handed = (JobEvent.HandedOver) stopped.events().getLast();
        assertTrue(handed.step() > 0 && handed.step() < 12, "stopped at " + handed.step());
        CheckpointRef from = new CheckpointRef(handed.step(), String.valueOf(handed.uri()));
        JobEvent.Succeeded resumed = DiskJob.succeeded(job.run(body, 2, from, new QuietSink()));
        ObjectNode straight = body.deepCopy().put("output", at("straight"));
        assertEquals(DiskJob.succeeded(run(straight)).metrics(), resumed.metrics());
        for (String file : List.of("model.safetensors", "heads/gap.safetensors", "heads/tags.safetensors")) {
            assertArrayEquals(
                    Files.readAllBytes(root.resolve("straight/attempt-1").resolve(file)),
                    Files.readAllBytes(root.resolve("out/attempt-2").resolve(file)),
                    file);
        }
    }

    @Test
    void weightingsRace() throws IOException {
        ObjectNode body = request("");
        body.set("method", JSON.readTree("""
                {"name": "compare", "candidates": [
                  {"name": "multitask", "label": "equal"},
                  {"name": "multitask", "loss_weights": "uncertainty", "gradients": "pcgrad", "label": "learned"}]}"""));
        JsonNode metrics = JSON.valueToTree(DiskJob.succeeded(run(body)).metrics());
        JsonNode first = metrics.path("candidates").path(0);
        assertEquals(metrics.path("mean").asDouble(), first.path("mean").asDouble(), 1e-12);
        assertTrue(first.path("mean").asDouble()
                >= metrics.path("candidates").path(1).path("mean").asDouble());
        assertEquals("mean", metrics.at("/winner/metric").asText());
    }

    @Test
    void aTaskWithoutValidationIsTrainedAndNotScored() throws IOException {
        ObjectNode body = request("");
        ((ObjectNode) body.at("/data/tasks/1")).remove("validation");
        JsonNode metrics = JSON.valueToTree(DiskJob.succeeded(run(body)).metrics());
        assertFalse(metrics.path("tasks").has("gap"));
        assertEquals(
                (metrics.at("/tasks/topic/accuracy").asDouble()
                                + metrics.at("/tasks/tags/f1").asDouble())
                        / 2,
                metrics.path("mean").asDouble(),
                1e-12);
        assertTrue(Files.exists(root.resolve("out/attempt-1/heads/gap.safetensors")));
    }

    @Test
    void withoutAnyScoresTheLastWeightsAreTold() throws IOException {
        ObjectNode body = request(", \"loss_weights\": \"dwa\"");
        body.at("/data/tasks").forEach(task -> ((ObjectNode) task).remove("validation"));
        ((ObjectNode) body.path("training")).put("max_steps", 40);
        JsonNode metrics = JSON.valueToTree(DiskJob.succeeded(run(body)).metrics());
        assertFalse(metrics.has("mean"));
        double sum = 0;
        for (String task : List.of("topic", "gap", "tags")) {
            sum += metrics.path("loss_weights").path(task).asDouble();
        }
        assertEquals(3, sum, 1e-9);
        assertTrue(Math.abs(metrics.at("/loss_weights/topic").asDouble() - 1) > 1e-4, metrics.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'weights': {'topics': 1} | method.weights | method.weights.topics is no task; the tasks are topic, gap, tags; did you mean topic?",
                "'weights': {'topic': -1} | method.weights.topic | method.weights.topic is -1; it must be at least 0",
                "'weights': {'topic': 0, 'gap': 0, 'tags': 0} | method.weights | method.weights is 0 for every task; give one of them a weight above 0",
                "'dwa_temperature': 3 | method.dwa_temperature | method.dwa_temperature is given, but method.loss_weights is static; leave it out, or take dwa",
                "'loss_weights': 'dwa', 'loss_weights_learning_rate': 0.1 | method.loss_weights_learning_rate | method.loss_weights_learning_rate is given, but method.loss_weights is dwa; leave it out, or take uncertainty or gradnorm",
                "'loss_weights': 'dwa', 'weights': {'topic': 2} | method.weights | method.weights is given, but method.loss_weights is dwa; leave it out, or take static",
                "'sampling_temperature': 3 | method.sampling_temperature | method.sampling_temperature is given, but method.sampling is proportional; leave it out, or take sampling temperature",
                "'sampling': 'random' | method.sampling | method.sampling is random; it must be one of proportional, temperature, round_robin"
            })
    void whatIsWrongIsSaidWithFieldAndWayOut(String options, String param, String message) throws IOException {
        JobError error = refused(request(", " + options.replace('\'', '"')));
        assertEquals(param, error.param());
        assertEquals(message, error.message());
    }

    @Test
    void oneTaskAloneIsRefused() throws IOException {
        ObjectNode body = request("");
        ArrayNode tasks = (ArrayNode) body.at("/data/tasks");
        tasks.remove(2);
        tasks.remove(1);
        assertEquals(
                "data.tasks has 1 task, but method multitask trains several at once; give at least two, or take full with"
                        + " data.train",
                refused(body).message());
        ObjectNode one = request("");
        one.set("data", JSON.createObjectNode().put("train", at("curve.tsv")));
        one.putObject("task").put("type", "sequence_classification");
        JobError error = refused(one);
        assertEquals("data.tasks", error.param());
        assertEquals("data.train is given, but method multitask learns from data.tasks; give that", error.message());
    }

    private JobError refused(ObjectNode body) {
        return ((JobEvent.Failed) run(body).events().getLast()).error();
    }
}
