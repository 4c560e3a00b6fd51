package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.model.Network;
import io.tenfold.train.Evaluator;
import io.tenfold.train.Forward;
import io.tenfold.train.Predicted;
import io.tenfold.train.PreferencePredictions;
import io.tenfold.train.QuietSink;
import io.tenfold.train.Scored;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import io.tenfold.train.WordPredictions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Preferences are learnt as TRL's formulas have it, on Transformers' and PEFT's models. */
class PreferenceCurveTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path PREFERENCE = GoldenJob.GOLDEN.resolve("preference");

    @TempDir
    Path folder;

    static List<String> all() throws IOException {
        try (Stream<Path> files = Files.list(PREFERENCE)) {
            return files.filter(Files::isDirectory)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private static JsonNode golden(String name) throws IOException {
        return JSON.readTree(PREFERENCE.resolve(name).resolve("curve.json").toFile());
    }

    private static GoldenJob job(JsonNode golden) throws IOException {
        String training = """
                {"max_steps": 20, "batch_size": 4, "eval_batch_size": 5, "eval_steps": 20, "shuffle": false, "warmup_ratio": 0.1,
                 "weight_decay": %s, "learning_rate": %s, "max_length": 64, "logging_steps": 1}""".formatted(
                        golden.path("weight_decay").asText(),
                        golden.path("learning_rate").asText());
        return new GoldenJob(
                "language/" + golden.path("base").asText(),
                golden.path("task"),
                golden.path("method").toString(),
                training);
    }

    @ParameterizedTest
    @MethodSource("all")
    void twentyStepsAreTheFormulas(String name) throws Exception {
        JsonNode golden = golden(name);
        try (GoldenJob job = job(golden)) {
            Tuning tuning = job.stage().prepare(job.inputs(), List.of());
            Evaluator evaluator = Objects.requireNonNull(tuning.ownEvaluator());
            if (!golden.path("task").path("reference_free").asBoolean()
                    && !golden.path("method").path("name").asText().equals("prefix")) {
                check(golden, "reference_", pairs(evaluator));
            }
            Path init = PREFERENCE.resolve(name).resolve("curve_init.safetensors");
            if (Files.exists(init)) {
                CurveParityTest.startFrom(init, tuning, job);
            }
            TrainingResult result =
                    new TrainingLoop(tuning, job.inputs(), GoldenJob.environment(folder, new QuietSink(), null)).run();
            CurveParityTest.checkLosses(golden, result);
            PreferencePredictions after = pairs(evaluator);
            check(golden, "", after);
            double right = 0;
            for (int row = 0; row < after.losses().size(); row++) {
                assertEquals(
                        golden.path("row_losses").get(row).asDouble(),
                        after.losses().get(row).loss(),
                        1e-3,
                        "row " + row);
                right += after.losses().get(row).margin() > 0 ? 1 : 0;
            }
            assertEquals(right / after.losses().size(), Scored.score(result.metrics(), "accuracy"), 1e-12, "accuracy");
            Path artifact = Files.createDirectory(folder.resolve("artifact"));
            tuning.writer().write(artifact);
            tuning.network().close();
            speaks(golden, artifact);
        }
    }

    private static PreferencePredictions pairs(Evaluator evaluator) {
        return (PreferencePredictions)
                evaluator.score(_ -> {}).sets().getFirst().predicted();
    }

    private static void check(JsonNode golden, String whose, PreferencePredictions said) {
        for (int row = 0; row < said.pairs().size(); row++) {
            for (boolean better : new boolean[] {true, false}) {
                String answer = whose + (better ? "chosen" : "rejected");
                double expected = golden.path(answer).get(row).asDouble();
                double actual = better
                        ? said.pairs().get(row).chosen()
                        : said.pairs().get(row).rejected();
                assertEquals(expected, actual, 1e-3 * Math.max(1, Math.abs(expected) / 10), answer + " of row " + row);
            }
        }
    }

    /** What was tuned is a language model: the better answers are the rows of {@code language/rows.jsonl}. */
    private static void speaks(JsonNode golden, Path artifact) throws IOException {
        String base = "language/" + golden.path("base").asText();
        try (GoldenJob words = new GoldenJob(base, TaskType.CAUSAL_LM, "{\"name\": \"full\"}", "{\"max_length\": 64}");
                Network opened = words.open(artifact)) {
            TokenizedSet rows = words.inputs().training();
            Predicted predicted = Predicted.of(opened, Forward.of(opened), rows, 4, words.backend(), _ -> {});
            double[] losses = ((WordPredictions) predicted).losses();
            boolean ofMeans = golden.path("task").path("loss_type").asText().equals("ipo");
            for (int row = 0; row < losses.length; row++) {
                double expected = -golden.path("chosen").get(row).asDouble() * (ofMeans ? rows.trained(row) : 1);
                assertEquals(expected, losses[row], 1e-3 * Math.max(1, expected / 10), "row " + row);
            }
        }
    }
}
