package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.method.GoldenJob;
import io.tenfold.train.QuietSink;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.TextRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that teach a tiny decoder which of two answers is better. */
class PreferenceJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LORA = "{\"name\": \"lora\", \"r\": 8, \"target_modules\": \"all-linear\"}";

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void copyModelAndData() throws IOException {
        job = new DiskJob(root, "language/llama");
        Files.copy(GoldenJob.GOLDEN.resolve("preference/rows.jsonl"), root.resolve("pairs.jsonl"));
    }

    private ObjectNode request(String method) throws IOException {
        ObjectNode body =
                (ObjectNode) JSON.readTree("""
                {"id": "job", "task": {"type": "preference", "beta": 0.2}, "method": %s,
                 "data": {"train": "%s", "validation": "%s"},
                 "training": {"max_steps": 30, "batch_size": 4, "eval_steps": 15, "learning_rate": 5e-3, "logging_steps": 10}}""".formatted(method, job.at("pairs.jsonl"), job.at("pairs.jsonl")));
        return body.put("model", job.at("model")).put("output", job.at("out"));
    }

    private List<JsonNode> lines(String file) throws IOException {
        return Files.readAllLines(root.resolve(file)).stream()
                .map(line -> {
                    try {
                        return JSON.readTree(line);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                })
                .toList();
    }

    @Test
    void theBetterAnswersBecomeMoreProbableThanTheWorse() throws IOException {
        JobEvent.Succeeded done = DiskJob.succeeded(job.run(request(LORA)));
        JsonNode metrics = JSON.valueToTree(done.metrics());
        assertTrue(metrics.path("accuracy").asDouble() > 0.9, metrics.toString());
        assertTrue(metrics.path("loss").asDouble() < Math.log(2) / 2, metrics.toString());
        assertEquals(
                metrics.path("margin").asDouble(),
                metrics.path("chosen_reward").asDouble()
                        - metrics.path("rejected_reward").asDouble(),
                1e-9);

        List<JsonNode> predictions = lines("out/attempt-1/predictions-validation.jsonl");
        assertEquals(lines("pairs.jsonl").size(), predictions.size());
        double margins = 0;
        double losses = 0;
        for (JsonNode line : predictions) {
            assertTrue(
                    line.path("chosen").asDouble() < 0 && line.path("rejected").asDouble() < 0, line.toString());
            margins += line.path("margin").asDouble();
            losses += line.path("loss").asDouble();
        }
        assertEquals(metrics.path("margin").asDouble(), margins / predictions.size(), 1e-9);
        assertEquals(metrics.path("loss").asDouble(), losses / predictions.size(), 1e-9);

        List<TextRow> rows = List.of(
                new TextRow(lines("pairs.jsonl").getFirst().path("prompt").asText(), null, null));
        try (Opened opened = new Predictor(job.store(), GoldenJob.allModels(), job.config())
                .open(List.of(new NamedArtifact("tuned", job.at("out"))), null, null, null)) {
            Manner greedy = new Manner(8, 0, 0, 1, 42, List.of(), null, false);
            assertEquals(1, opened.write(rows, greedy).size());
        }
    }

    @Test
    void aJobThatStopsGoesOnToTheSameBytes() throws IOException {
        ObjectNode body = request(LORA);
        QuietSink stopped = job.run(body, 1, null, new QuietSink(Interruption.HAND_OVER, 20));
        JobEvent.HandedOver handed = (JobEvent.HandedOver) stopped.events().getLast();
        assertTrue(handed.step() > 0 && handed.step() < 30, "stopped at " + handed.step());
        CheckpointRef from = new CheckpointRef(handed.step(), String.valueOf(handed.uri()));
        JobEvent.Succeeded resumed = DiskJob.succeeded(job.run(body, 2, from, new QuietSink()));
        ObjectNode straight = body.deepCopy().put("output", job.at("straight"));
        assertEquals(DiskJob.succeeded(job.run(straight)).metrics(), resumed.metrics());
        assertArrayEquals(
                Files.readAllBytes(root.resolve("straight/attempt-1/adapter_model.safetensors")),
                Files.readAllBytes(root.resolve("out/attempt-2/adapter_model.safetensors")));
    }

    @Test
    void methodsAreRacedByPairs() throws IOException {
        ObjectNode body = request("""
                {"name": "compare", "candidates": [{"name": "lora"}, {"name": "adapter", "kind": "ia3"}, {"name": "prefix"}]}""");
        JsonNode metrics = JSON.valueToTree(DiskJob.succeeded(job.run(body)).metrics());
        assertEquals(3, metrics.path("candidates").size(), metrics.toString());
        assertEquals("accuracy", metrics.at("/winner/metric").asText(), metrics.toString());
        assertTrue(
                Files.readString(root.resolve("out/attempt-1/report.md")).contains("loss of a pair of answers"),
                "what was compared");
    }

    @Test
    void adaptersThatAreOnlyMergedAreJudgedAgainstTheBase() throws IOException {
        JobEvent.Succeeded tuned = DiskJob.succeeded(job.run(request(LORA)));
        ObjectNode body = request("""
                {"name": "lora", "merge_adapters": {"adapters": ["%s", "%s"], "weights": [0.5, 0.5]}}""".formatted(job.at("out"), job.at("out")));
        body.put("output", job.at("merged"));
        JsonNode merged = JSON.valueToTree(DiskJob.succeeded(job.run(body)).metrics());
        assertEquals(
                JSON.valueToTree(tuned.metrics()).path("margin").asDouble(),
                merged.path("margin").asDouble(),
                1e-4);
    }

    @Test
    void bottlenecksAreJudgedAgainstTheModelWithoutThem() throws IOException {
        String adapter = "{\"name\": \"adapter\", \"kind\": \"pfeiffer\"}";
        double drawn = untrained(adapter, "near").path("chosen_reward").asDouble();
        assertTrue(drawn != 0 && Math.abs(drawn) < 0.1, "small numbers were drawn: " + drawn);
        String parallel = adapter.replace("pfeiffer", "parallel");
        assertEquals(0, untrained(parallel, "plain").path("chosen_reward").asDouble(), 1e-9);
        JsonNode metrics =
                JSON.valueToTree(DiskJob.succeeded(job.run(request(adapter))).metrics());
        assertTrue(metrics.path("accuracy").asDouble() > 0.9, metrics.toString());
    }

    private JsonNode untrained(String method, String output) throws IOException {
        ObjectNode body = request(method).put("output", job.at(output));
        body.putObject("training").put("max_steps", 1).put("learning_rate", 1e-12);
        return JSON.valueToTree(DiskJob.succeeded(job.run(body)).metrics());
    }

    @Test
    void answersThatAreTheSameAreNoPair() throws IOException {
        Files.writeString(root.resolve("pairs.jsonl"), """
                {"prompt": "The soup", "chosen": " was warm.", "rejected": " was cold."}
                {"prompt": "Our train", "chosen": " was late.", "rejected": " was late."}
                """);
        JobEvent.Failed failed = DiskJob.failed(job.run(request(LORA)));
        assertTrue(
                failed.error().message().contains("line 2: the chosen and the rejected answer are the same"),
                failed.error().message());
    }

    @Test
    void encodersHaveNoAnswers() throws IOException {
        job.copy("bert", "encoder");
        JobEvent.Failed failed = DiskJob.failed(job.run(request(LORA).put("model", job.at("encoder"))));
        assertEquals("task.type", failed.error().param());
        assertTrue(
                failed.error().message().contains("which decoders learn"),
                failed.error().message());
    }
}
