package io.tenfold.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Twenty steps of LoRA's variants give the losses, the weights and the logits that PEFT gives. */
class LoraCurveTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dora | \"use_dora\": true",
                "plus | \"loraplus_lr_ratio\": 8",
                "pissa | \"init_lora_weights\": \"pissa\"",
            })
    void twentyStepsArePefts(String name, String option) throws Exception {
        Path curves = GoldenJob.GOLDEN.resolve("bert-lora-curves");
        JsonNode golden =
                new ObjectMapper().readTree(curves.resolve(name + ".json").toFile());
        String method = "{\"name\": \"lora\", \"r\": 4, \"lora_alpha\": 8, %s}".formatted(option);
        String training = """
                {"epochs": 4, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0,
                 "learning_rate": %s, "max_length": 128, "logging_steps": 1}""".formatted(golden.path("learning_rate").asText());
        try (GoldenJob job = new GoldenJob("bert", method, training)) {
            Tuning tuning = job.stage().prepare(job.unscored(), List.of());
            CurveParityTest.startFrom(curves.resolve(name + "_init.safetensors"), tuning, job);
            CurveParityTest.checkRun(golden, "bert", tuning, job, folder);
            tuning.network().close();
        }
    }
}
