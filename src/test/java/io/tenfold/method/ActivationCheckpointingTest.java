package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers that are computed again in the backward pass give the same losses and weights. */
class ActivationCheckpointingTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bert|SEQUENCE_CLASSIFICATION|{\"name\": \"full\"}",
                "language/llama|CAUSAL_LM|{\"name\": \"full\"}",
                "language/gpt2|CAUSAL_LM|{\"name\": \"adapter\", \"kind\": \"houlsby\"}"
            })
    void theNumbersStayTheSame(String model, TaskType task, String method) throws Exception {
        Run plain = run(model, task, method, false);
        Run recomputed = run(model, task, method, true);
        assertEquals(plain.curve, recomputed.curve);
        for (int i = 0; i < plain.weights.size(); i++) {
            assertArrayEquals(plain.weights.get(i), recomputed.weights.get(i), 1e-6f);
        }
    }

    private record Run(List<TrainingResult.CurvePoint> curve, List<float[]> weights) {}

    private Run run(String model, TaskType task, String method, boolean recomputing) throws Exception {
        String training = """
                {"epochs": 1, "max_steps": 4, "batch_size": 8, "learning_rate": 1e-3, "dropout": 0, "logging_steps": 1,
                 "activation_checkpointing": %s}""".formatted(recomputing);
        try (GoldenJob job = new GoldenJob(model, task, method, training)) {
            Tuning tuning = job.stage().prepare(job.unscored(), List.of());
            TrainingResult result = new TrainingLoop(
                            tuning, job.unscored(), GoldenJob.environment(folder, new QuietSink(), null))
                    .run();
            List<float[]> weights = new ArrayList<>();
            for (Parameter parameter : tuning.trained()) {
                weights.add(parameter.value().toFloatArray());
            }
            tuning.network().close();
            return new Run(result.curve(), weights);
        }
    }
}
