package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.Forward;
import io.tenfold.train.Predictions;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frozen weights in 4 bits: which, what they take, and that they train as the numbers they stand for. */
class LoraNf4Test {

    private static final String TRAINING = "{\"max_steps\": 12, \"batch_size\": 8, \"learning_rate\": 5e-3,"
            + " \"dropout\": 0, \"logging_steps\": 1}";

    @TempDir
    Path folder;

    @Test
    void everyLinearWeightButTheHeadsIsInFourBits() throws Exception {
        try (GoldenJob job = job("bert", "\"quantize\": \"nf4\"")) {
            Tuning tuning = prepared(job);
            List<String> released = tuning.network().parameters().stream()
                    .filter(Parameter::released)
                    .map(Parameter::name)
                    .toList();
            assertEquals(13, released.size(), "six in each of two layers, and the pooler");
            assertTrue(released.contains("bert.pooler.dense.weight"));
            assertTrue(
                    released.stream().noneMatch(name -> name.contains("embeddings") || name.startsWith("classifier")));
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"use_dora\": false",
                "\"use_dora\": true",
                "\"target_modules\": \"all-linear\", \"bias\": \"all\""
            })
    void itTrainsAsTheNumbersThatTheCodesStandFor(String options) throws Exception {
        float[][] logits;
        TrainingResult quantized;
        try (GoldenJob job = job("bert", options + ", \"quantize\": \"nf4\", \"merge\": true")) {
            Tuning tuning = prepared(job);
            // Before the first step, the merged model is the base with the numbers that the codes stand for.
            tuning.writer().write(folder);
            quantized = run(tuning, job);
            logits = predict(job, tuning.network());
            tuning.network().close();
        }
        try (GoldenJob job = job(folder.resolve("merged").toString(), options)) {
            Tuning tuning = prepared(job);
            TrainingResult plain = run(tuning, job);
            for (int i = 0; i < plain.curve().size(); i++) {
                assertEquals(
                        plain.curve().get(i).loss(), quantized.curve().get(i).loss(), 1e-4, "loss of step " + (i + 1));
            }
            float[][] expected = predict(job, tuning.network());
            for (int row = 0; row < expected.length; row++) {
                assertArrayEquals(expected[row], logits[row], 1e-3f, "row " + row);
            }
            tuning.network().close();
        }
    }

    private TrainingResult run(Tuning tuning, GoldenJob job) throws Exception {
        return new TrainingLoop(tuning, job.unscored(), GoldenJob.environment(folder, new QuietSink(), null)).run();
    }

    private static GoldenJob job(String model, String options) throws Exception {
        return new GoldenJob(model, "{\"name\": \"lora\", \"r\": 4, %s}".formatted(options), TRAINING);
    }

    private static Tuning prepared(GoldenJob job) {
        return job.stage().prepare(job.inputs(), List.of());
    }

    private static float[][] predict(GoldenJob job, Network network) {
        return Predictions.of(Forward.of(network), job.inputs().training(), 8, job.backend(), _ -> {})
                .logits();
    }
}
