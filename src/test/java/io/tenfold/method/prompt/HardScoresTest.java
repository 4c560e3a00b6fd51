package io.tenfold.method.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.method.GoldenJob;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Labels score as they do by the papers' formulas over Transformers' logits, also after training. */
class HardScoresTest {

    private static final String TRAINING = """
            {"epochs": 4, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0,
             "learning_rate": 1e-3, "max_length": 128, "logging_steps": 1}""";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"bert-mlm", "roberta-mlm", "distilbert-mlm"})
    void labelsScoreAsByThePapersFormulas(String model) throws Exception {
        JsonNode all = HardGolden.read(model + "/prompts.json").path("scored");
        assertEquals(6, all.size());
        for (JsonNode golden : all) {
            String template = golden.path("template").textValue();
            String method = HardGolden.method(List.of(template), HardGolden.verbalizer(golden), "");
            try (GoldenJob job = new GoldenJob(model, method, TRAINING)) {
                HardModel hard = model(job, golden);
                TokenizedSet set = job.rows(hard.encoder());
                List<float[]> free = hard.withoutContent(false, 128, job.backend());
                contentFreeIsExpected(golden, free.getFirst(), hard.verbalizer());
                scoresAreExpected(golden.path("scores"), hard, set, job, null);
                scoresAreExpected(golden.path("calibrated"), hard, set, job, free);
                hard.network().close();
            }
        }
    }

    private static HardModel model(GoldenJob job, JsonNode golden) {
        return new HardModel(
                Networks.load(job.inputs(), HeadSpec.maskedLm(), ModelHooks.NONE),
                job.inputs().tokenizer(),
                List.of(Template.of(golden.path("template").textValue())),
                Verbalizer.of(
                        HardGolden.verbalizer(golden),
                        job.inputs().labels(),
                        job.inputs().tokenizer()));
    }

    private static void contentFreeIsExpected(JsonNode golden, float[] free, Verbalizer verbalizer) {
        for (int i = 0; i < free.length; i++) {
            int place = verbalizer.asGiven().get(i);
            assertEquals(golden.path("content_free").get(i).asDouble(), Math.exp(free[place]), 1e-4);
            assertEquals(
                    golden.path("tokens").get(i).asInt(),
                    verbalizer.words().get(place).tokens());
        }
    }

    private static void scoresAreExpected(
            JsonNode expected,
            HardModel hard,
            TokenizedSet set,
            GoldenJob job,
            @org.jspecify.annotations.Nullable List<float[]> free) {
        try (NDManager scope = job.backend().scope();
                Recording _ = Recording.off()) {
            Batch batch =
                    Batch.of(scope, set, IntStream.range(0, expected.size()).toArray());
            NDArray scores = hard.labels(batch, 0, free, false);
            float[] flat = scores.toFloatArray();
            for (int i = 0; i < flat.length; i++) {
                assertEquals(expected.get(i / 3).get(i % 3).asDouble(), flat[i], 1e-4, "score " + i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-mlm", "roberta-mlm", "distilbert-mlm"})
    void twentyStepsAreTheReferences(String model) throws Exception {
        JsonNode golden = HardGolden.read(model + "/curve.json");
        String template = golden.path("template").textValue();
        String method = HardGolden.method(List.of(template), HardGolden.verbalizer(golden), ", \"shots\": 2");
        try (GoldenJob job = new GoldenJob(model, method, TRAINING)) {
            Inputs drawn = job.inputs();
            TokenizedSet every = job.rows(job.methods().encoder(job.request(), drawn.tokenizer()));
            Inputs inputs = job.on(every, null);
            Tuning tuning = job.stage().prepare(inputs, List.of());
            TrainingResult result =
                    new TrainingLoop(tuning, inputs, GoldenJob.environment(folder, new QuietSink(), null)).run();
            assertEquals(20, result.curve().size());
            for (int i = 0; i < 20; i++) {
                double expected = golden.path("losses").get(i).asDouble();
                assertEquals(expected, result.curve().get(i).loss(), 1e-3 * expected, "loss of step " + (i + 1));
            }
            try (NDManager scope = job.backend().scope();
                    Recording _ = Recording.off()) {
                Batch batch = Batch.of(scope, every, IntStream.range(0, 8).toArray());
                float[] scores = tuning.forward().logits(batch, false).toFloatArray();
                for (int i = 0; i < scores.length; i++) {
                    assertEquals(
                            golden.path("final_scores").get(i / 3).get(i % 3).asDouble(), scores[i], 1e-3);
                }
            }
            assertTrue(tuning.trained().stream().allMatch(Parameter::trainable));
            tuning.network().close();
        }
    }
}
