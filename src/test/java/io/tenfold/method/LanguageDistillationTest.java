package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Forward;
import io.tenfold.train.Predicted;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import io.tenfold.train.WordPredictions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A decoder learns from another as a plain PyTorch loop over Transformers' models, which holds all logits, has it. */
class LanguageDistillationTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"forward", "forward-all", "reverse", "reverse-all"})
    void rowsAndTwentyStepsAreThoseOfPlainPyTorch(String name) throws Exception {
        JsonNode golden = new ObjectMapper()
                .readTree(GoldenJob.GOLDEN
                        .resolve("language-distillation/%s.json".formatted(name))
                        .toFile());
        ObjectNode method = golden.path("method").deepCopy();
        Path teacher =
                GoldenJob.GOLDEN.resolve("language/" + golden.path("teacher").asText());
        method.put("name", "distillation").putObject("teacher").put("model", "file:" + teacher);
        String training = """
                {"max_steps": 20, "batch_size": 4, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0, "weight_decay": %s,
                 "learning_rate": %s, "max_length": 64, "logging_steps": 1}""".formatted(
                        golden.path("weight_decay").asText(),
                        golden.path("learning_rate").asText());
        String student = "language/" + golden.path("student").asText();
        try (GoldenJob job = new GoldenJob(student, TaskType.CAUSAL_LM, method.toString(), training)) {
            Tuning tuning = job.stage().prepare(job.unscored(), List.of());
            rowsAreExpected(golden.path("first_row_losses"), tuning, job);
            TrainingResult result = new TrainingLoop(
                            tuning, job.unscored(), GoldenJob.environment(folder, new QuietSink(), null))
                    .run();
            CurveParityTest.checkLosses(golden, result);
            CurveParityTest.checkNorms(golden, tuning);
            wordsAreExpected(golden.path("row_losses"), tuning, job);
            tuning.network().close();
        }
    }

    /** Each row alone; the teacher is asked, and what it said is kept, in batches of four. */
    private static void rowsAreExpected(JsonNode expected, Tuning tuning, GoldenJob job) {
        TokenizedSet rows = job.inputs().training();
        assertEquals(expected.size(), rows.size());
        for (int row = 0; row < rows.size(); row++) {
            try (Recording _ = Recording.off();
                    NDManager scope = job.backend().scope()) {
                Batch batch = Batch.of(scope, rows, new int[] {row});
                float sum = tuning.objective().lossSum(batch, false).getFloat();
                double mean = expected.get(row).asDouble();
                assertEquals(mean, sum / rows.trained(row), 1e-4 * mean, "row " + row);
            }
        }
    }

    private static void wordsAreExpected(JsonNode expected, Tuning tuning, GoldenJob job) {
        TokenizedSet rows = job.inputs().training();
        Predicted predicted =
                Predicted.of(tuning.network(), Forward.of(tuning.network()), rows, 5, job.backend(), _ -> {});
        double[] sums = ((WordPredictions) predicted).losses();
        for (int row = 0; row < sums.length; row++) {
            // What is trained here is not this loss: it goes where the steps lead, with the weights' small differences.
            assertEquals(expected.get(row).asDouble(), sums[row] / rows.trained(row), 1e-3, "row " + row);
        }
    }
}
