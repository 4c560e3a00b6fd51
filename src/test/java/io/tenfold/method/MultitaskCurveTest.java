package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.job.Interruption;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.train.QuietSink;
import io.tenfold.train.StoppedException;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two tasks at once: twenty steps are those of plain PyTorch, and a run that stops ends like one that doesn't. */
class MultitaskCurveTest {

    private static final String STATIC =
            "{'name': 'multitask', 'weights': {'gap': 0.3}, 'sampling': 'temperature', 'sampling_temperature': 3}";
    private static final String DWA = "{'name': 'multitask', 'loss_weights': 'dwa'}";
    private static final String UNCERTAINTY = "{'name': 'multitask', 'loss_weights': 'uncertainty'}";
    private static final String GRADNORM =
            "{'name': 'multitask', 'loss_weights': 'gradnorm', 'gradients': 'pcgrad', 'sampling': 'round_robin'}";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "static | 'weights': {'gap': 0.3}",
                "dwa | 'loss_weights': 'dwa', 'sampling': 'round_robin'",
                "uncertainty | 'loss_weights': 'uncertainty'",
                "gradnorm | 'loss_weights': 'gradnorm'",
                "pcgrad | 'gradients': 'pcgrad'"
            })
    void twentyStepsArePlainPyTorchs(String variant, String options) throws Exception {
        JsonNode golden = new ObjectMapper()
                .readTree(GoldenJob.GOLDEN
                        .resolve("bert-multitask/curve_%s.json".formatted(variant))
                        .toFile());
        String training = """
                {"max_steps": 20, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0,
                 "learning_rate": %s, "logging_steps": 1, "eval_steps": 20}""".formatted(golden.path("learning_rate"));
        try (GoldenTasks job = job("{'name': 'multitask', %s}".formatted(options), training, true)) {
            Tuning tuning = prepare(job);
            startFromTheHeads(tuning.network(), job);
            TrainingResult result = loop(job, tuning, new QuietSink(), null).run();
            CurveParityTest.checkLosses(golden, result);
            CurveParityTest.checkNorms(golden, tuning);
            JsonNode metrics = new ObjectMapper().valueToTree(result.metrics());
            checkWeights(golden.path("weights"), metrics.path("loss_weights"));
            if (variant.equals("pcgrad")) {
                JsonNode pair = metrics.path("conflicts").path(0);
                assertEquals("[\"topic\",\"gap\"]", pair.path("tasks").toString());
                assertEquals(
                        golden.path("conflicts").asDouble() / 20,
                        pair.path("share").asDouble(),
                        1e-9);
            }
            tuning.network().close();
        }
    }

    private static void checkWeights(JsonNode golden, JsonNode told) {
        assertEquals(golden.isEmpty(), told.isMissingNode(), "weights that don't change are not told");
        JsonNode last = golden.path(golden.size() - 1);
        assertEquals(last.path(0).asDouble(), told.path("topic").asDouble(), 1e-3);
        assertEquals(last.path(1).asDouble(), told.path("gap").asDouble(), 1e-3);
    }

    private static void startFromTheHeads(Network network, GoldenTasks job) {
        try (NDManager scope = job.backend().scope();
                Recording _ = Recording.off();
                SafetensorsReader reader =
                        SafetensorsReader.open(GoldenJob.GOLDEN.resolve("bert-multitask/heads.safetensors"))) {
            for (Parameter parameter : network.parameters()) {
                if (parameter.name().startsWith(Network.HEADS)) {
                    parameter.set(reader.read(scope, parameter.name()));
                }
            }
        }
    }

    private GoldenTasks job(String method, String training, boolean scored) throws Exception {
        return job("bert", method, training, scored);
    }

    private GoldenTasks job(String model, String method, String training, boolean scored) throws Exception {
        return new GoldenTasks(model, method.replace('\'', '"'), training.replace('\'', '"'), scored, folder);
    }

    private static Tuning prepare(GoldenTasks job) {
        return job.recipe().stages().getFirst().prepare(job.inputs(), List.of());
    }

    private TrainingLoop loop(GoldenTasks job, Tuning tuning, QuietSink sink, @Nullable Path resume) throws Exception {
        return new TrainingLoop(tuning, job.inputs(), GoldenJob.environment(folder, sink, resume));
    }

    /** Dropout on, several epochs, a stop in the middle of one. */
    @ParameterizedTest
    @ValueSource(strings = {STATIC, DWA, UNCERTAINTY, GRADNORM})
    void aRunThatStopsEndsWithTheBytesOfOneThatDoesNot(String method) throws Exception {
        String training = "{'max_steps': 21, 'batch_size': 8, 'learning_rate': 1e-3, 'eval_steps': 5}";
        Map<String, byte[]> straight;
        Map<String, Object> metrics;
        try (GoldenTasks job = job(method, training, true)) {
            Tuning tuning = prepare(job);
            metrics = loop(job, tuning, new QuietSink(), null).run().metrics();
            straight = bytes(tuning);
            tuning.network().close();
        }
        Path checkpoint;
        try (GoldenTasks job = job(method, training, true)) {
            Tuning tuning = prepare(job);
            QuietSink stopping = new QuietSink(Interruption.HAND_OVER, 42);
            StoppedException stopped = assertThrows(StoppedException.class, () -> loop(job, tuning, stopping, null)
                    .run());
            assertTrue(stopped.step() > 8 && stopped.step() < 20, "stopped at " + stopped.step());
            checkpoint = Path.of(String.valueOf(stopped.checkpointUri()));
            tuning.network().close();
        }
        try (GoldenTasks job = job(method, training, true)) {
            Tuning tuning = prepare(job);
            assertEquals(
                    metrics,
                    loop(job, tuning, new QuietSink(), checkpoint).run().metrics());
            Map<String, byte[]> resumed = bytes(tuning);
            straight.forEach((name, bytes) -> assertArrayEquals(bytes, resumed.get(name), name));
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {STATIC, UNCERTAINTY, GRADNORM})
    void accumulationGivesTheStepsOfTheLargeBatch(String method) throws Exception {
        String large = "{'max_steps': 9, 'batch_size': 8, 'learning_rate': 1e-3, 'dropout': 0, 'logging_steps': 1}";
        String small = large.replace("'batch_size': 8", "'batch_size': 2, 'gradient_accumulation_steps': 4");
        TrainingResult whole = result(method, large);
        TrainingResult accumulated = result(method, small);
        for (int i = 0; i < 9; i++) {
            assertEquals(whole.curve().get(i).loss(), accumulated.curve().get(i).loss(), 1e-4, "step " + (i + 1));
        }
    }

    private TrainingResult result(String method, String training) throws Exception {
        try (GoldenTasks job = job(method, training, false)) {
            Tuning tuning = prepare(job);
            TrainingResult result = loop(job, tuning, new QuietSink(), null).run();
            tuning.network().close();
            return result;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {STATIC, DWA, UNCERTAINTY, GRADNORM})
    void nothingOfAStepIsLeft(String method) throws Exception {
        assertEquals(arraysAfter(method, 3), arraysAfter(method, 9));
    }

    private List<Integer> arraysAfter(String method, int steps) throws Exception {
        try (GoldenTasks job = job(method, "{'max_steps': %d, 'batch_size': 4}".formatted(steps), false)) {
            Tuning tuning = prepare(job);
            loop(job, tuning, new QuietSink(), null).run();
            NDManager networks =
                    tuning.network().parameters().list().getFirst().value().getManager();
            List<Integer> arrays = List.of(
                    job.backend().manager().getManagedArrays().size(),
                    networks.getManagedArrays().size());
            tuning.network().close();
            return arrays;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "distilbert"})
    void everyFamilyLearnsBothTasks(String model) throws Exception {
        String training = "{'max_steps': 24, 'batch_size': 8, 'learning_rate': 2e-3, 'dropout': 0, 'logging_steps': 4}";
        try (GoldenTasks job = job(model, GRADNORM, training, true)) {
            Tuning tuning = prepare(job);
            TrainingResult result = loop(job, tuning, new QuietSink(), null).run();
            List<TrainingResult.CurvePoint> curve = result.curve();
            assertTrue(curve.getLast().loss() < 0.8 * curve.getFirst().loss(), curve.toString());
            JsonNode weights = new ObjectMapper().valueToTree(result.metrics()).path("loss_weights");
            assertTrue(Math.abs(weights.path("topic").asDouble() - 1) > 0.05, weights.toString());
            tuning.network().close();
        }
    }

    private static Map<String, byte[]> bytes(Tuning tuning) {
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        tuning.trained()
                .forEach(parameter ->
                        bytes.put(parameter.name(), parameter.value().toByteArray()));
        return bytes;
    }
}
