package io.tenfold.method;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Twenty steps of a student are those of a plain PyTorch loop over Transformers' models. */
class DistillationCurveTest {

    private static final Path GOLDEN = GoldenJob.GOLDEN.resolve("bert-distillation");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"logits", "layers"})
    void twentyStepsAreThoseOfPlainPyTorch(String name) throws Exception {
        JsonNode golden = new ObjectMapper()
                .readTree(GOLDEN.resolve("curve_%s.json".formatted(name)).toFile());
        ObjectNode method = golden.path("method").deepCopy();
        method.put("name", "distillation")
                .putObject("teacher")
                .put(
                        "model",
                        "file:"
                                + GoldenJob.GOLDEN.resolve(
                                        golden.path("teacher").asText()));
        String training = """
                {"epochs": 4, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0,
                 "learning_rate": %s, "max_length": 128, "logging_steps": 1}""".formatted(golden.path("learning_rate").asText());
        try (GoldenJob job = new GoldenJob(golden.path("student").asText(), method.toString(), training)) {
            Tuning tuning = job.stage().prepare(job.unscored(), List.of());
            try (NDManager scope = job.backend().scope();
                    SafetensorsReader reader = SafetensorsReader.open(GOLDEN.resolve("projection.safetensors"))) {
                for (Parameter parameter : tuning.trained()) {
                    if (reader.contains(parameter.name())) {
                        parameter.set(reader.read(scope, parameter.name()));
                    }
                }
            }
            CurveParityTest.checkRun(golden, "bert", tuning, job, folder);
            tuning.network().close();
        }
    }
}
