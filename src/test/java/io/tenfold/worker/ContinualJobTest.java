package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.method.GoldenJob;
import io.tenfold.method.MethodRegistry;
import io.tenfold.storage.TestStores;
import io.tenfold.train.QuietSink;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.TextRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole continual jobs on a golden model, one after another, from the requests to what predictions say. */
class ContinualJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final List<String> FIRST_TWO = List.of("first", "second");

    @TempDir
    Path root;

    private ArtifactStore store = TestStores.files(Path.of("."));

    @BeforeEach
    void copyTheModel() throws IOException {
        store = TestStores.files(root);
        Path model = Files.createDirectory(root.resolve("model"));
        copy(GOLDEN.resolve("bert"), model);
        copy(GOLDEN.resolve("bert-continual"), root);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private String at(String name) {
        return "file:" + root.resolve(name);
    }

    /** A request for some tasks, whose rows lie in files of their names. */
    private ObjectNode request(String id, String options, List<String> tasks) throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree("""
                {"id": "%s", "task": {"type": "sequence_classification"}, "data": {"tasks": []},
                 "method": {"name": "continual", %s},
                 "training": {"max_steps": 10, "batch_size": 8, "eval_steps": 5, "learning_rate": 2e-3, "logging_steps": 1}}""".formatted(id, options.replace('\'', '"')));
        body.put("output", at(id));
        if (!options.contains("'from'")) {
            body.put("model", at("model"));
        }
        for (String task : tasks) {
            body.withArray("/data/tasks")
                    .addObject()
                    .put("name", task)
                    .put("train", at(task + ".tsv"))
                    .put("validation", at(task + ".tsv"));
        }
        return body;
    }

    private QuietSink run(ObjectNode body, int fence, @Nullable CheckpointRef from, QuietSink sink) {
        MethodRegistry methods = GoldenJob.allMethods();
        Attempt attempt = new Attempt(body.path("id").asText(), body, CanonicalJson.sha256(body), fence, from, "test");
        new JobRunner(methods, methods, GoldenJob.allModels(), store, config()).run(attempt, sink);
        return sink;
    }

    private RunnerConfig config() {
        return new RunnerConfig("cpu", 1, Optional.of(root.resolve("work")));
    }

    private QuietSink run(ObjectNode body) {
        return run(body, 1, null, new QuietSink());
    }

    private JsonNode succeeded(ObjectNode body) {
        QuietSink sink = run(body);
        JobEvent last = sink.events().getLast();
        assertInstanceOf(JobEvent.Succeeded.class, last, last.toString());
        return JSON.valueToTree(((JobEvent.Succeeded) last).metrics());
    }

    private JobError refused(ObjectNode body) {
        JobEvent last = run(body).events().getLast();
        assertInstanceOf(JobEvent.Failed.class, last, last.toString());
        return ((JobEvent.Failed) last).error();
    }

    private Path artifact(String id) {
        return root.resolve(id + "/attempt-1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'strategy': 'naive'",
                "'strategy': 'ewc', 'lambda': 10, 'fisher_samples': 8",
                "'strategy': 'ewc', 'online': true",
                "'strategy': 'replay', 'buffer_size': 10",
                "'strategy': 'replay', 'buffer_size': 9, 'selection': 'class_balanced', 'replay_batch_size': 20",
                "'strategy': 'lwf'",
                "'strategy': 'lwf', 'base': {'name': 'lora', 'r': 2}",
                "'strategy': 'expansion'",
                "'strategy': 'expansion', 'base': {'name': 'adapter', 'kind': 'houlsby'}"
            })
    void eachTaskIsLearntAndAllAreScoredAfterIt(String options) throws IOException {
        ObjectNode body = request("job", options, List.of("first", "second", "third"));
        QuietSink sink = run(body);
        JobEvent last = sink.events().getLast();
        assertInstanceOf(JobEvent.Succeeded.class, last, last.toString());
        JsonNode metrics = JSON.valueToTree(((JobEvent.Succeeded) last).metrics());
        JsonNode matrix = metrics.path("accuracy_matrix");
        boolean expands = options.contains("expansion");
        assertEquals(3, matrix.size());
        for (int row = 0; row < 3; row++) {
            for (int task = 0; task < 3; task++) {
                assertEquals(task <= row || !expands, matrix.get(row).get(task).isNumber(), matrix.toString());
            }
        }
        assertEquals(metrics.path("mean"), metrics.path("average_accuracy"));
        assertEquals(!expands, metrics.has("forward_transfer"));
        assertEquals(2, metrics.path("forgetting_by_task").size());
        assertEquals(
                matrix.get(2).get(1).asDouble(),
                metrics.at("/tasks/second/accuracy").asDouble());
        if (expands) {
            assertEquals(0.0, metrics.path("forgetting").asDouble());
        }
        // After each task one that has every task's scores.
        List<JobEvent.Evaluated> whole = sink.events().stream()
                .filter(JobEvent.Evaluated.class::isInstance)
                .map(JobEvent.Evaluated.class::cast)
                .filter(event -> event.metrics().containsKey("accuracy_matrix"))
                .toList();
        assertEquals(
                List.of("first", "second", "third"),
                whole.stream().map(JobEvent.Evaluated::stage).toList());
        JsonNode report = JSON.readTree(artifact("job").resolve("metrics.json").toFile());
        assertEquals(matrix, report.at("/metrics/accuracy_matrix"));
        List<String> predictions = Files.readAllLines(artifact("job").resolve("predictions-validation.jsonl"));
        assertEquals(120, predictions.size());
        assertTrue(predictions.getLast().startsWith("{\"task\":\"third\","), predictions.getLast());
        predictsEachTask(options);
    }

    private void predictsEachTask(String options) throws IOException {
        for (String task : List.of("first", "third")) {
            NamedArtifact artifact = new NamedArtifact("job", at("job"));
            try (Opened opened =
                    new Predictor(store, GoldenJob.allModels(), config()).open(List.of(artifact), null, null, task)) {
                String line = Files.readAllLines(artifact("job").resolve("predictions-validation.jsonl")).stream()
                        .filter(each -> each.startsWith("{\"task\":\"%s\",".formatted(task)))
                        .findFirst()
                        .orElseThrow();
                String text =
                        Files.readAllLines(root.resolve(task + ".tsv")).get(1).split("\t", -1)[0];
                float[] logits = opened.predict(List.of(new TextRow(text, null, null)))
                        .getFirst()
                        .logits();
                JsonNode expected = JSON.readTree(line).path("logits");
                for (int i = 0; i < logits.length; i++) {
                    assertEquals(expected.get(i).asDouble(), logits[i], 1e-4, options + " " + task);
                }
            }
        }
    }

    /** With steps enough to learn the rows. */
    private static ObjectNode longer(ObjectNode body) {
        ((ObjectNode) body.path("training")).put("max_steps", 60).put("eval_steps", 30);
        return body;
    }

    /** The whole story of retraining when new data comes. */
    @Test
    void aLaterJobGoesOnAndAGateStopsOneThatForgets() throws IOException {
        JsonNode first = succeeded(longer(request("one", "'strategy': 'replay', 'buffer_size': 40", List.of("first"))));
        assertTrue(first.path("mean").asDouble() > 0.9, first.toString());
        ObjectNode next = request(
                "two", "'strategy': 'replay', 'buffer_size': 40, 'from': '%s'".formatted(at("one")), List.of("second"));
        next.putObject("gates").put("max_forgetting", 0.2);
        JsonNode second = succeeded(longer(next));
        double before = first.at("/accuracy_matrix/0/0").asDouble();
        assertEquals(before, second.at("/accuracy_matrix/0/0").asDouble(), "the earlier job's row is kept");
        assertTrue(second.at("/accuracy_matrix/0/1").isNull());
        assertTrue(second.at("/accuracy_matrix/1/0").asDouble() >= before - 0.2);
        assertEquals(
                FIRST_TWO,
                JSON.readTree(artifact("two").resolve("continual.json").toFile())
                        .path("tasks")
                        .valueStream()
                        .map(task -> task.path("name").asText())
                        .toList());
        ObjectNode forgetful =
                request("three", "'strategy': 'naive', 'from': '%s'".formatted(at("two")), List.of("third"));
        forgetful.putObject("gates").put("max_forgetting", 0.2);
        ((ObjectNode) forgetful.path("training")).put("learning_rate", 0.05);
        JobEvent end = run(forgetful).events().getLast();
        JobEvent.Failed stopped = assertInstanceOf(JobEvent.Failed.class, end, end.toString());
        assertEquals(ErrorCode.QUALITY_GATE, stopped.error().code());
        assertEquals("gates.max_forgetting", stopped.error().param());
        assertFalse(Files.exists(root.resolve("three/manifest.json")), "nothing is published");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'strategy': 'naive' | 'strategy': 'ewc' | method.from | needs the Fisher information",
                "'strategy': 'lwf' | 'strategy': 'replay' | method.from | needs rows of the earlier tasks",
                "'strategy': 'naive' | 'strategy': 'expansion' | method.strategy | take strategy naive",
                "'strategy': 'expansion' | 'strategy': 'naive' | method.strategy | take strategy expansion"
            })
    void anArtifactThatLacksWhatAStrategyNeedsIsRefusedWithTheWayOut(
            String first, String then, String param, String words) throws IOException {
        succeeded(request("one", first, List.of("first")));
        JobError error = refused(request("two", then + ", 'from': '%s'".formatted(at("one")), List.of("second")));
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertEquals(param, error.param());
        assertTrue(error.message().contains(words), error.message());
    }

    @Test
    void aTaskThatIsKnownIsRefused() throws IOException {
        succeeded(request("one", "'strategy': 'naive'", List.of("first")));
        JobError error =
                refused(request("two", "'strategy': 'naive', 'from': '%s'".formatted(at("one")), List.of("first")));
        assertEquals("data.tasks[0].name", error.param());
        assertTrue(error.message().contains("is called already"), error.message());
    }

    @Test
    void aStateBesideAnotherModelIsRefused() throws IOException {
        succeeded(request("one", "'strategy': 'ewc', 'fisher_samples': 4", List.of("first")));
        Files.copy(
                root.resolve("model/model.safetensors"),
                artifact("one").resolve("model.safetensors"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        JobError error = refused(request(
                "two", "'strategy': 'ewc', 'from': '%s'".formatted("file:" + artifact("one")), List.of("second")));
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertEquals("method.from", error.param());
        assertTrue(error.message().contains("beside another model"), error.message());
    }

    @Test
    void aModelThatNoContinualJobMadeIsRefused() throws IOException {
        JobError error =
                refused(request("two", "'strategy': 'naive', 'from': '%s'".formatted(at("model")), List.of("first")));
        assertEquals("method.from", error.param());
        assertTrue(error.message().contains("has no continual.json"), error.message());
    }

    @Test
    void expansionLeavesTheFilesOfEarlierTasksAsTheyAre() throws IOException {
        succeeded(request("one", "'strategy': 'expansion'", FIRST_TWO));
        succeeded(request("two", "'strategy': 'expansion', 'from': '%s'".formatted(at("one")), List.of("third")));
        for (String task : FIRST_TWO) {
            for (String file : List.of("adapter_model.safetensors", "adapter_config.json", "metrics.json")) {
                Path path = Path.of("adapters", task, file);
                assertArrayEquals(
                        Files.readAllBytes(artifact("one").resolve(path)),
                        Files.readAllBytes(artifact("two").resolve(path)),
                        path.toString());
            }
        }
        String base = JSON.readTree(artifact("two")
                        .resolve("adapters/third/adapter_config.json")
                        .toFile())
                .path("base_model_name_or_path")
                .asText();
        assertEquals(at("model"), base, "not the artifact that the job went on from");
        assertFalse(Files.exists(artifact("two").resolve("model.safetensors")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'strategy': 'ewc', 'fisher_samples': 6",
                "'strategy': 'replay', 'buffer_size': 12",
                "'strategy': 'lwf', 'base': 'lora'",
                "'strategy': 'expansion'"
            })
    void aJobThatStopsInEveryTaskEndsWithTheBytesOfOneThatNeverDid(String options) throws IOException {
        succeeded(request("straight", options, FIRST_TWO));
        ObjectNode body = request("stopped", options, FIRST_TWO);
        CheckpointRef from = null;
        int attempt = 0;
        JobEvent last;
        do {
            // Longer each time, so that every part of a stage is reached and none is repeated for ever.
            QuietSink sink = run(body, ++attempt, from, new QuietSink(Interruption.HAND_OVER, 10 + 3 * attempt));
            last = sink.events().getLast();
            if (last instanceof JobEvent.HandedOver handed && handed.uri() != null) {
                from = new CheckpointRef(handed.step(), String.valueOf(handed.uri()));
            }
        } while (last instanceof JobEvent.HandedOver && attempt < 40);
        assertInstanceOf(JobEvent.Succeeded.class, last, last.toString());
        assertTrue(attempt > 3, "stopped %d times".formatted(attempt - 1));
        Path resumed = root.resolve("stopped/attempt-" + attempt);
        List<String> files = options.contains("expansion")
                ? List.of("adapters/first/adapter_model.safetensors", "adapters/second/adapter_model.safetensors")
                : List.of("model.safetensors", "heads/first.safetensors", "heads/second.safetensors");
        for (String file : files) {
            assertArrayEquals(
                    Files.readAllBytes(artifact("straight").resolve(file)),
                    Files.readAllBytes(resumed.resolve(file)),
                    file);
        }
        Path state = artifact("straight").resolve("continual_state.safetensors");
        assertEquals(options.contains("ewc") || options.contains("replay"), Files.exists(state));
        if (Files.exists(state)) {
            assertArrayEquals(
                    Files.readAllBytes(state), Files.readAllBytes(resumed.resolve("continual_state.safetensors")));
        }
        assertEquals(
                JSON.readTree(artifact("straight").resolve("continual.json").toFile())
                        .path("accuracy_matrix"),
                JSON.readTree(resumed.resolve("continual.json").toFile()).path("accuracy_matrix"));
    }
}
