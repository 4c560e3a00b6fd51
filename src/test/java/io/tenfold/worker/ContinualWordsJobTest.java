package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.RequestReader;
import io.tenfold.method.GoldenJob;
import io.tenfold.train.QuietSink;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.TextRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that teach a tiny decoder texts of one kind after another: sentences of food, of journeys and of the weather. */
class ContinualWordsJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> TASKS = List.of("food", "travel", "weather");

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void copyModelAndSortRows() throws IOException {
        job = new DiskJob(root, "language/llama");
        Map<String, List<String>> byLabel = new TreeMap<>();
        for (String line : Files.readAllLines(root.resolve("train.tsv"))) {
            String[] fields = line.split("\t", -1);
            int cut = fields[0].indexOf(' ', fields[0].length() / 3);
            if (cut > 0) {
                byLabel.computeIfAbsent(fields[1], _ -> new ArrayList<>())
                        .add(JSON.createObjectNode()
                                .put("prompt", fields[0].substring(0, cut))
                                .put("completion", fields[0].substring(cut))
                                .toString());
            }
        }
        for (String task : TASKS) {
            Files.write(root.resolve(task + ".jsonl"), List.copyOf(byLabel.getOrDefault(task, List.of())));
        }
    }

    private ObjectNode request(String id, String options, List<String> tasks) throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree("""
                {"id": "%s", "task": {"type": "causal_lm"}, "data": {"tasks": []}, "method": {"name": "continual", %s},
                 "training": {"max_steps": 40, "batch_size": 8, "eval_steps": 20, "learning_rate": 5e-3, "dropout": 0,
                              "max_length": 32, "logging_steps": 10}}""".formatted(id, options.replace('\'', '"')));
        body.put("output", job.at(id));
        if (!options.contains("'from'")) {
            body.put("model", job.at("model"));
        }
        for (String task : tasks) {
            body.withArray("/data/tasks")
                    .addObject()
                    .put("name", task)
                    .put("train", job.at(task + ".jsonl"))
                    .put("validation", job.at(task + ".jsonl"));
        }
        return body;
    }

    private JsonNode metrics(ObjectNode body) {
        return JSON.valueToTree(DiskJob.succeeded(job.run(body)).metrics());
    }

    private Path artifact(String id) {
        return root.resolve(id + "/attempt-1");
    }

    private Opened open(String id, @Nullable String task) {
        return new Predictor(job.store(), GoldenJob.allModels(), job.config())
                .open(List.of(new NamedArtifact("tuned", job.at(id))), null, null, task);
    }

    private static Manner manner() {
        return new Manner(16, 0, 0, 1, 42, List.of(), null, true);
    }

    /** What a strategy forgets less than doing nothing: the mean rise of the earlier tasks' perplexity. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'strategy': 'replay', 'buffer_size': 100 | 0.5",
                "'strategy': 'replay', 'buffer_size': 8, 'selection': 'class_balanced' | 0.9",
                "'strategy': 'ewc', 'lambda': 30 | 0.8",
                "'strategy': 'ewc', 'lambda': 30, 'online': true | 0.8",
                "'strategy': 'lwf', 'lwf_alpha': 2 | 0.9",
                "'strategy': 'lwf', 'lwf_alpha': 2, 'temperature': 2 | 0.9",
                "'strategy': 'expansion', 'base': {'name': 'lora', 'r': 4, 'target_modules': 'all-linear'} | 0"
            })
    void everyStrategyForgetsLessThanDoingNothing(String options, double most) throws IOException {
        JsonNode naive = metrics(request("naive", "'strategy': 'naive'", TASKS));
        JsonNode kept = metrics(request("kept", options, TASKS));
        double lost = naive.path("forgetting").asDouble();
        assertTrue(lost > 1, naive.toString());
        assertTrue(
                kept.path("forgetting").asDouble() <= most * lost + 1e-9,
                "%s forgot %s, doing nothing %s".formatted(options, kept.path("forgetting"), lost));
        // What is learnt last is learnt: far better than the untouched model, whose perplexity is that of its words.
        assertTrue(kept.path("accuracy_matrix").get(2).get(2).asDouble() < 100, kept.toString());
    }

    @Test
    void theMatrixIsOfPerplexitiesAndItsSignsAreTurned() throws IOException {
        QuietSink sink = job.run(request("job", "'strategy': 'naive'", TASKS));
        JsonNode metrics = JSON.valueToTree(DiskJob.succeeded(sink).metrics());
        JsonNode matrix = metrics.path("accuracy_matrix");
        double forgotten = 0;
        for (int task = 0; task < 2; task++) {
            double best = matrix.get(task).get(task).asDouble();
            if (task == 0) {
                best = Math.min(best, matrix.get(1).get(0).asDouble());
            }
            double own = matrix.get(2).get(task).asDouble() - best;
            assertEquals(
                    own,
                    metrics.path("forgetting_by_task").path(TASKS.get(task)).asDouble(),
                    1e-9);
            forgotten += own / 2;
        }
        assertEquals(forgotten, metrics.path("forgetting").asDouble(), 1e-9);
        assertTrue(metrics.path("forward_transfer").asDouble() > 0, "a language helps the next one");
        double sum = 0;
        for (int task = 0; task < 3; task++) {
            JsonNode own = metrics.path("tasks").path(TASKS.get(task));
            assertEquals(own.path("perplexity"), matrix.get(2).get(task));
            sum += own.path("token_accuracy").asDouble();
        }
        assertEquals(sum / 3, metrics.path("token_accuracy").asDouble(), 1e-12);
        assertEquals(metrics.path("mean").asDouble(), metrics.path("perplexity").asDouble(), 1e-9);
        for (JobEvent event : sink.events()) {
            if (event instanceof JobEvent.Evaluated evaluated
                    && !evaluated.metrics().containsKey("tasks")) {
                assertEquals(
                        evaluated.metrics().get("perplexity"),
                        evaluated.metrics().get("mean"));
            }
        }
    }

    @Test
    void tasksMayBeScoredByTheShareOfTokensThatAreForeseen() throws IOException {
        ObjectNode body = request("job", "'strategy': 'naive'", TASKS.subList(0, 2));
        ((ObjectNode) body.path("training")).put("metric", "token_accuracy");
        JsonNode metrics = metrics(body);
        assertEquals(
                metrics.path("tasks").path("travel").path("token_accuracy"),
                metrics.path("accuracy_matrix").get(1).get(1));
        assertTrue(metrics.path("forgetting").asDouble() > 0, metrics.toString());
        ObjectNode gated = body.deepCopy().put("output", job.at("gated"));
        gated.putObject("gates").put("max_forgetting", 0).put("min_metric", 0.01);
        assertEquals(
                ErrorCode.QUALITY_GATE, DiskJob.failed(job.run(gated)).error().code());
        ObjectNode going =
                request("going", "'strategy': 'naive', 'from': '%s'".formatted(job.at("job")), TASKS.subList(2, 3));
        JobError other = DiskJob.failed(job.run(going)).error();
        assertEquals("training.metric", other.param());
        assertTrue(other.message().endsWith("set training.metric to token_accuracy"), other.message());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'strategy': 'naive', 'base': {'name': 'lora', 'r': 4}",
                "'strategy': 'lwf', 'base': {'name': 'lora', 'r': 4}",
                "'strategy': 'ewc'",
                "'strategy': 'replay'",
                "'strategy': 'expansion'",
                "'strategy': 'expansion', 'base': 'adapter'"
            })
    void whatIsLeftWritesAndIsGoneOnFrom(String options) throws IOException {
        boolean expands = options.contains("expansion");
        metrics(request("job", options, TASKS.subList(0, 2)));
        assertFalse(Files.exists(artifact("job").resolve("heads.json")));
        ObjectNode going = request("going", options + ", 'from': '%s'".formatted(job.at("job")), TASKS.subList(2, 3));
        JsonNode metrics = metrics(going);
        JsonNode matrix = metrics.path("accuracy_matrix");
        assertEquals(3, matrix.size());
        for (int task = 0; task < 3; task++) {
            assertTrue(matrix.get(2).get(task).isNumber(), matrix.toString());
            assertTrue(metrics.path("tasks").has(TASKS.get(task)));
        }
        if (expands) {
            assertEquals(matrix.get(0).get(0).asDouble(), matrix.get(2).get(0).asDouble(), 1e-4);
        } else {
            JsonNode config =
                    JSON.readTree(artifact("going").resolve("config.json").toFile());
            assertEquals(
                    "LlamaForCausalLM", config.path("architectures").path(0).asText());
        }
        JsonNode row =
                JSON.readTree(Files.readAllLines(root.resolve("weather.jsonl")).getFirst());
        try (Opened opened = open("going", expands ? "weather" : null)) {
            assertEquals(Opened.Kind.TEXTS, opened.kind());
            List<WrittenText> written =
                    opened.write(List.of(new TextRow(row.path("prompt").asText(), null, null)), manner());
            assertFalse(written.getFirst().generated().isBlank());
        }
    }

    @Test
    void anEarlierArtifactIsBeatenByItsMeanPerplexity() throws IOException {
        metrics(request("job", "'strategy': 'naive'", TASKS));
        ObjectNode better = request("better", "'strategy': 'replay', 'buffer_size': 100", TASKS);
        better.putObject("gates").put("must_beat", job.at("job"));
        metrics(better);
        ObjectNode worse = request("worse", "'strategy': 'naive'", TASKS);
        ((ObjectNode) worse.path("training")).put("max_steps", 1);
        worse.putObject("gates").put("must_beat", job.at("better")).put("max_forgetting", 1000);
        JobError error = DiskJob.failed(job.run(worse)).error();
        assertEquals("gates.must_beat", error.param());
        assertTrue(error.message().contains("perplexity is"), error.message());
    }

    /** Plain texts are tasks, too. */
    @Test
    void plainTextsAreLearntOneAfterAnother() throws IOException {
        for (String task : TASKS) {
            StringBuilder text = new StringBuilder();
            for (String line : Files.readAllLines(root.resolve(task + ".jsonl"))) {
                JsonNode row = JSON.readTree(line);
                text.append(row.path("prompt").asText())
                        .append(row.path("completion").asText())
                        .append('\n');
            }
            Files.writeString(root.resolve(task + ".txt"), text.toString());
        }
        ObjectNode body = request("job", "'strategy': 'replay'", TASKS);
        body.withArray("/data/tasks").forEach(task -> ((ObjectNode) task)
                .put("train", job.at(task.path("name").asText() + ".txt"))
                .put("validation", job.at(task.path("name").asText() + ".txt")));
        JsonNode metrics = metrics(body);
        assertTrue(metrics.path("perplexity").asDouble() < 100, metrics.toString());
    }

    /** After so many checkpoints a job stops: in its first stage, between two, in the last. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'strategy': 'replay', 'buffer_size': 8 | model.safetensors | 2",
                "'strategy': 'replay', 'buffer_size': 8 | model.safetensors | 5",
                "'strategy': 'lwf' | model.safetensors | 5",
                "'strategy': 'ewc' | model.safetensors | 3",
                "'strategy': 'ewc' | model.safetensors | 5",
                "'strategy': 'naive', 'base': 'lora' | model.safetensors | 4",
                "'strategy': 'expansion' | adapters/travel/adapter_model.safetensors | 3"
            })
    void aResumptionInAnyStageEndsWithTheSameBytes(String options, String file, int checkpoints) throws IOException {
        ObjectNode body = request("job", options, TASKS.subList(0, 2));
        ((ObjectNode) body.path("training"))
                .put("max_steps", 6)
                .put("eval_steps", 3)
                .put("save_steps", 2);
        QuietSink stopping = QuietSink.handingOverAfter(checkpoints);
        JobEvent last = job.run(body, 1, null, stopping).events().getLast();
        assertTrue(last instanceof JobEvent.HandedOver, last.toString());
        JobEvent.HandedOver handed = (JobEvent.HandedOver) last;
        CheckpointRef from = new CheckpointRef(handed.step(), String.valueOf(handed.uri()));
        JobEvent.Succeeded resumed = DiskJob.succeeded(job.run(body, 2, from, new QuietSink()));
        JobEvent.Succeeded whole = DiskJob.succeeded(job.run(body.deepCopy().put("output", job.at("straight"))));
        for (String each : List.of(file, "predictions-validation.jsonl", "continual.json")) {
            assertArrayEquals(
                    Files.readAllBytes(root.resolve("straight/attempt-1").resolve(each)),
                    Files.readAllBytes(root.resolve("job/attempt-2").resolve(each)),
                    each);
        }
        assertEquals(JSON.writeValueAsString(whole.metrics()), JSON.writeValueAsString(resumed.metrics()));
    }

    private static List<JobError> errors(ObjectNode body) {
        return switch (new RequestReader(GoldenJob.allMethods(), GoldenJob.locationsAreFine()).read(body, "job")) {
            case RequestReader.Result.Valid _ -> List.of();
            case RequestReader.Result.Invalid(List<JobError> errors) -> errors;
        };
    }

    @Test
    void whatMakesNoSenseIsRefusedWithTheWayOut() throws IOException {
        ObjectNode mixed = request("job", "'strategy': 'naive'", TASKS.subList(0, 2));
        ((ObjectNode) mixed.at("/data/tasks/1")).putObject("task").put("type", "sequence_classification");
        assertEquals(
                List.of(
                        "some of data.tasks are causal_lm and some are not, but a language and labels share no model here; give tasks of one kind, and the others to a job of their own"),
                errors(mixed).stream().map(JobError::message).toList());
        ObjectNode several = request("job", "'strategy': 'naive'", TASKS);
        several.set("method", JSON.createObjectNode().put("name", "multitask"));
        List<JobError> refused = errors(several);
        assertEquals(1, refused.size(), refused.toString());
        assertTrue(
                refused.getFirst().message().contains("mix their rows into one file")
                        && refused.getFirst().message().endsWith("or take continual to learn one after another"),
                refused.toString());
        ObjectNode gate = request("job", "'strategy': 'naive'", TASKS);
        gate.putObject("gates").put("min_metric", 3);
        assertEquals(
                List.of(
                        "gates.min_metric is a least value, but of perplexity less is better; name another metric, such as {\"token_accuracy\": 0.9}"),
                errors(gate).stream().map(JobError::message).toList());
    }

    @Test
    void labelsAreNotLearntAfterALanguage() throws IOException {
        metrics(request("job", "'strategy': 'naive'", TASKS.subList(0, 1)));
        ObjectNode going =
                request("going", "'strategy': 'naive', 'from': '%s'".formatted(job.at("job")), List.of("labels"));
        going.putObject("task").put("type", "sequence_classification");
        Files.copy(root.resolve("train.tsv"), root.resolve("labels.tsv"));
        ((ObjectNode) going.at("/data/tasks/0"))
                .put("train", job.at("labels.tsv"))
                .put("validation", job.at("labels.tsv"));
        JobError error = DiskJob.failed(job.run(going)).error();
        assertEquals("data.tasks", error.param());
        assertTrue(error.message().contains("task labels is of another kind than food"), error.message());
    }
}
