package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Twenty steps of prompts and prefixes give PEFT's losses, logits and virtual tokens. */
class PromptCurveTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "bert-soft; {'name': 'prompt', 'kind': 'soft', 'num_virtual_tokens': 5}",
                "bert-p-tuning; {'name': 'prompt', 'kind': 'p_tuning', 'num_virtual_tokens': 5, 'encoder_hidden_size': 12}",
                "bert-p-tuning-lstm; {'name': 'prompt', 'kind': 'p_tuning', 'num_virtual_tokens': 5,"
                        + " 'encoder_reparameterization_type': 'LSTM', 'encoder_hidden_size': 12}",
                "bert-prefix; {'name': 'prefix', 'num_virtual_tokens': 5}",
                "bert-prefix-projection; {'name': 'prefix', 'num_virtual_tokens': 5, 'prefix_projection': true,"
                        + " 'encoder_hidden_size': 12}"
            },
            quoteCharacter = '"')
    void twentyStepsArePefts(String variant, String method) throws Exception {
        Path reference = GoldenJob.GOLDEN.resolve(variant);
        JsonNode golden = JSON.readTree(reference.resolve("curve.json").toFile());
        String training = """
                {"epochs": 4, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0,
                 "learning_rate": %s, "max_length": 128, "logging_steps": 1, "eval_steps": 20}""".formatted(golden.path("learning_rate").asText());
        try (GoldenJob job = new GoldenJob("bert", method.replace('\'', '"'), training)) {
            Tuning tuning = job.stage().prepare(job.inputs(), List.of());
            startFrom(reference.resolve("curve_init.safetensors"), tuning, job);
            assertEquals(
                    JSON.readTree(reference.resolve("expected.json").toFile())
                            .path("trainable_parameters")
                            .asLong(),
                    tuning.trained().size());
            TrainingResult result =
                    new TrainingLoop(tuning, job.inputs(), GoldenJob.environment(folder, new QuietSink(), null)).run();
            assertEquals(20, result.curve().size());
            for (int i = 0; i < 20; i++) {
                double expected = golden.path("losses").get(i).asDouble();
                assertEquals(expected, result.curve().get(i).loss(), 1e-3 * expected, "loss of step " + (i + 1));
            }
            logitsAreExpected(golden, tuning, job);
            tuning.writer().write(folder);
            embeddingsAreExpected(golden, job);
            tuning.network().close();
        }
    }

    private static void startFrom(Path init, Tuning tuning, GoldenJob job) {
        try (NDManager scope = job.backend().scope();
                Recording _ = Recording.off();
                SafetensorsReader reader = SafetensorsReader.open(init)) {
            assertEquals(reader.names().size(), tuning.trained().count());
            for (Parameter parameter : tuning.trained()) {
                parameter.set(reader.read(scope, parameter.name()));
            }
        }
    }

    private static void logitsAreExpected(JsonNode golden, Tuning tuning, GoldenJob job) throws Exception {
        JsonNode texts = JSON.readTree(Files.readString(GoldenJob.GOLDEN.resolve("bert/texts.json")))
                .path("rows");
        for (int row = 0; row < golden.path("final_logits").size(); row++) {
            int[][] ids = {numbers(texts.get(row).path("input_ids"))};
            int[][] types = {numbers(texts.get(row).path("token_type_ids"))};
            try (NDManager scope = job.backend().scope();
                    Recording _ = Recording.off()) {
                float[] logits = tuning.network()
                        .logits(TokenRows.of(scope, ids, types), false)
                        .toFloatArray();
                for (int c = 0; c < logits.length; c++) {
                    assertEquals(golden.path("final_logits").get(row).get(c).asDouble(), logits[c], 1e-3, "row " + row);
                }
            }
        }
    }

    private void embeddingsAreExpected(JsonNode golden, GoldenJob job) {
        try (NDManager scope = job.backend().scope()) {
            float[] ours = Objects.requireNonNull(
                            PeftFiles.readTensors(folder, scope).get("prompt_embeddings"))
                    .toFloatArray();
            JsonNode theirs = golden.path("final_embeddings");
            int width = theirs.get(0).size();
            assertEquals(theirs.size() * width, ours.length);
            for (int i = 0; i < ours.length; i++) {
                assertEquals(
                        theirs.get(i / width).get(i % width).asDouble(), ours[i], 1e-3, "virtual token " + i / width);
            }
        }
    }

    private static int[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
