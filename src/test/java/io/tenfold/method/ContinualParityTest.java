package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.data.Columns;
import io.tenfold.data.DataFile;
import io.tenfold.data.Draw;
import io.tenfold.data.Preparation;
import io.tenfold.data.Targets;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.RequestReader;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.train.HeadFiles;
import io.tenfold.train.Inputs;
import io.tenfold.train.Predictions;
import io.tenfold.train.QuietSink;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three tasks with EWC, and the loss of LwF, beside Avalanche's. */
class ContinualParityTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FOLDER = GoldenJob.GOLDEN.resolve("bert-continual");

    @TempDir
    Path folder;

    private static JsonNode golden() throws IOException {
        return JSON.readTree(FOLDER.resolve("continual.json").toFile());
    }

    @ParameterizedTest
    @ValueSource(strings = {"separate", "online"})
    void threeTasksWithEwcAreAvalanches(String mode) throws Exception {
        JsonNode golden = golden();
        String method = """
                {"name": "continual", "strategy": "ewc", "lambda": %s%s}""".formatted(
                        golden.path("lambda"),
                        mode.equals("online") ? ", \"online\": true, \"decay\": " + golden.path("decay") : "");
        String training = """
                {"epochs": %s, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0, "learning_rate": %s,
                 "max_length": 128, "logging_steps": 1}""".formatted(golden.path("epochs"), golden.path("learning_rate"));
        try (GoldenJob job = new GoldenJob("bert", method, training)) {
            Inputs inputs = inputs(job, method, training, golden.path("labels"));
            List<StageOutcome> done = new ArrayList<>();
            for (Stage stage : job.methods().recipe(inputs.request()).stages()) {
                if (golden.path("labels").has(stage.name())) {
                    done.add(learnt(stage, inputs, done, golden.path(mode)));
                }
            }
            assertEquals(3, done.size());
            checkLogits(done.getLast().folder(), inputs, golden.path(mode).path("logits"));
        }
    }

    /** The three tasks with their rows, none of which is scored: the last weights are kept. */
    private static Inputs inputs(GoldenJob job, String method, String training, JsonNode labels) throws IOException {
        ObjectNode body = JSON.createObjectNode().put("model", "file:bert").put("output", "file:out");
        body.putObject("task").put("type", "sequence_classification");
        ArrayNode list = body.putObject("data").putArray("tasks");
        labels.fieldNames().forEachRemaining(task -> list.addObject()
                .put("name", task)
                .put("train", "file:" + task + ".tsv")
                .put("validation", "file:" + task + ".tsv"));
        body.set("method", JSON.readTree(method));
        body.set("training", JSON.readTree(training));
        FineTuneRequest request =
                new RequestReader(job.methods(), GoldenJob.locationsAreFine()).readValid(body, "three");
        List<TaskRows> tasks = request.data().tasks().stream()
                .map(task -> rows(task, job.inputs(), labels.path(task.name())))
                .toList();
        Inputs one = job.inputs();
        return new Inputs(
                request,
                one.modelFolder(),
                one.tokenizer(),
                tasks,
                null,
                Map.of(),
                Map.of(),
                one.workFolder(),
                one.backend(),
                null);
    }

    private static TaskRows rows(TaskData task, Inputs job, JsonNode labels) {
        List<String> names = labels.valueStream().map(JsonNode::asText).toList();
        Path file = FOLDER.resolve(task.name() + ".tsv");
        TokenizedSet rows = new Preparation(job.tokenizer(), 128, job.options().tooLong(), 8)
                .training(
                        DataFile.of(file, file.toString(), "data.tasks", null),
                        Columns.usual(),
                        new Targets.Classes(names),
                        Draw.ALL);
        return new TaskRows(task.name(), task.task(), names, rows, null);
    }

    private StageOutcome learnt(Stage stage, Inputs inputs, List<StageOutcome> done, JsonNode golden)
            throws IOException {
        String task = String.valueOf(stage.name());
        Path left = Files.createDirectory(folder.resolve(task));
        Tuning tuning = stage.prepare(inputs, done);
        try (Network network = tuning.network()) {
            if (done.isEmpty()) {
                fillHeads(network, inputs.backend());
            }
            TrainingResult result = new TrainingLoop(
                            unscored(tuning), inputs, GoldenJob.environment(folder, new QuietSink(), null))
                    .run();
            for (int step = 0; step < result.curve().size(); step++) {
                double expected = golden.path("losses").path(task).get(step).asDouble();
                assertEquals(expected, result.curve().get(step).loss(), 1e-3 * expected, task + ", step " + (step + 1));
            }
            assertEquals(golden.path("losses").path(task).size(), result.curve().size());
            tuning.writer().write(left);
            checkFisher(left, golden.path("fisher_norms").path(task), inputs.backend());
            return new StageOutcome(task, result, 0, 0, 0, 0, 0, left);
        }
    }

    private static Tuning unscored(Tuning tuning) {
        return new Tuning(
                tuning.network(),
                tuning.forward(),
                tuning.groups(),
                tuning.objective(),
                tuning.learningRate(),
                tuning.hooks(),
                tuning.writer(),
                tuning.methodParameters(),
                null,
                tuning.ownPlan());
    }

    private static void fillHeads(Network network, Backend backend) {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off();
                SafetensorsReader reader = SafetensorsReader.open(FOLDER.resolve("heads.safetensors"))) {
            for (String name : reader.names()) {
                network.parameters().get(name).set(reader.read(scope, name));
            }
        }
    }

    /** Of all tasks so far together, as both modes keep it. */
    private static void checkFisher(Path left, JsonNode norms, Backend backend) {
        try (NDManager scope = backend.scope();
                SafetensorsReader state = SafetensorsReader.open(left.resolve("continual_state.safetensors"))) {
            assertEquals(
                    norms.size(),
                    state.names().stream()
                            .filter(name -> name.startsWith("fisher."))
                            .count());
            norms.properties().forEach(norm -> {
                double expected = norm.getValue().asDouble();
                NDArray fisher = state.read(scope, "fisher." + norm.getKey());
                double actual = fisher.mul(fisher).sum().sqrt().getFloat();
                // A key's bias has no gradient but noise.
                assertEquals(expected, actual, 2e-3 * expected + 1e-12, norm.getKey());
            });
        }
    }

    private static void checkLogits(Path left, Inputs inputs, JsonNode logits) {
        Map<String, HeadSpec> heads = HeadFiles.heads(left);
        try (Network network = Models.load(left, heads, ModelHooks.NONE, inputs.backend(), new LoadOptions(0, 0.0))) {
            HeadFiles.read(left, network, inputs.backend());
            for (TaskRows task : inputs.tasks()) {
                float[][] actual = Predictions.of(
                                (batch, training) -> network.logits(task.name(), batch.tokens(), training),
                                Objects.requireNonNull(task.training()),
                                8,
                                inputs.backend(),
                                _ -> {})
                        .logits();
                for (int row = 0; row < actual.length; row++) {
                    assertArrayEquals(floats(logits.path(task.name()).get(row)), actual[row], 2e-3f, task.name());
                }
            }
        }
    }

    @Test
    void theDistillationLossIsAvalanches() throws IOException {
        JsonNode golden = golden().path("distillation");
        try (Backend backend = Backend.open("cpu", 1);
                Recording recording = Recording.on()) {
            Parameter now = new Parameter("now", matrix(golden.path("now"), backend));
            now.trainable(true);
            double temperature = golden.path("temperature").asDouble();
            NDArray zero = backend.manager().create(0f);
            NDArray soft = Ops.softLabelSum(now.value(), matrix(golden.path("before"), backend), temperature);
            NDArray loss = Ops.addScaled(zero, soft, 1 / (temperature * temperature));
            assertEquals(golden.path("sum").asDouble(), loss.getFloat(), 1e-5);
            recording.backward(loss);
            NDArray gradient = Objects.requireNonNull(now.gradient());
            assertArrayEquals(matrix(golden.path("gradient"), backend).toFloatArray(), gradient.toFloatArray(), 1e-6f);
        }
    }

    private static NDArray matrix(JsonNode rows, Backend backend) {
        float[] flat = new float[rows.size() * rows.get(0).size()];
        int at = 0;
        for (JsonNode row : rows) {
            for (JsonNode number : row) {
                flat[at++] = number.floatValue();
            }
        }
        return backend.manager().create(flat, new Shape(rows.size(), rows.get(0).size()));
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = numbers.get(i).floatValue();
        }
        return floats;
    }
}
