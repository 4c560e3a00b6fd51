package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobException;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.Forward;
import io.tenfold.train.Predicted;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.Tuning;
import io.tenfold.train.WordPredictions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Updates of a decoder's layers, GPT-2's kept transposed, are the same when merged, extracted and merged with others. */
class LanguageLoraTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LORA = "{\"name\": \"lora\", \"r\": 2, \"target_modules\": \"all-linear\"%s}";
    private static final String TRAINING =
            "{\"max_steps\": 8, \"batch_size\": 4, \"learning_rate\": 2e-2, \"dropout\": 0, \"max_length\": 64}";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"language/gpt2", "language/llama"})
    void theUpdateIsTheSameInTheWeights(String model) throws Exception {
        Path artifact = Files.createDirectory(folder.resolve("artifact"));
        double[] plain;
        double[] expected;
        try (GoldenJob job = job(model, LORA.formatted(", \"merge\": true"))) {
            Tuning tuning = job.stage().prepare(job.unscored(), List.of());
            plain = losses(tuning.network(), job);
            new TrainingLoop(tuning, job.unscored(), GoldenJob.environment(folder, new QuietSink(), null)).run();
            expected = losses(tuning.network(), job);
            assertTrue(Math.abs(expected[0] - plain[0]) > 0.1, "nothing was learnt");
            tuning.writer().write(artifact);
            tuning.network().close();
            try (Network opened = job.open(artifact)) {
                assertArrayEquals(expected, losses(opened, job), 1e-5);
            }
            try (Network merged = job.open(artifact.resolve("merged"))) {
                assertArrayEquals(expected, losses(merged, job), 1e-4);
            }
        }
        String extract = ", \"extract\": {\"from\": \"file:%s\", \"rank\": 2}".formatted(artifact.resolve("merged"));
        assertArrayEquals(
                expected, finished(model, LORA.replace("\"r\": 2, ", "").formatted(extract)), 1e-3);
        String merge = """
                {"name": "lora", "merge_adapters": {"adapters": ["file:%1$s", "file:%1$s"], "weights": [0.5, 0.5],
                 "combination_type": "cat"}}""".formatted(artifact);
        assertArrayEquals(expected, finished(model, merge), 1e-4);
    }

    /** The losses of a job that trains nothing, and of its artifact. */
    private double[] finished(String model, String method) throws Exception {
        Path artifact = Files.createTempDirectory(folder, "finished");
        try (GoldenJob job = job(model, method)) {
            Tuning tuning = job.stage().prepare(job.unscored(), List.of());
            assertEquals(0, tuning.trained().count());
            double[] losses = losses(tuning.network(), job);
            tuning.writer().write(artifact);
            tuning.network().close();
            try (Network opened = job.open(artifact)) {
                assertArrayEquals(losses, losses(opened, job), 1e-5);
            }
            return losses;
        }
    }

    @Test
    void theHeadAloneIsTrainedWhereItIsALayerOfItsOwn() throws Exception {
        Path model = untied();
        Path artifact = Files.createDirectory(folder.resolve("artifact"));
        try (GoldenJob job = job(model.toAbsolutePath().toString(), "{\"name\": \"partial\", \"head_only\": true}")) {
            Tuning tuning = job.stage().prepare(job.unscored(), List.of());
            assertEquals(
                    List.of("lm_head.weight"),
                    tuning.trained().stream().map(Parameter::name).toList());
            double before = losses(tuning.network(), job)[0];
            new TrainingLoop(tuning, job.unscored(), GoldenJob.environment(folder, new QuietSink(), null)).run();
            double[] after = losses(tuning.network(), job);
            assertTrue(after[0] < before - 0.05, "%f, then %f".formatted(before, after[0]));
            tuning.writer().write(artifact);
            tuning.network().close();
            try (Network opened = job.open(artifact)) {
                assertArrayEquals(after, losses(opened, job), 1e-5);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"language/gpt2", "language/llama"})
    void theHeadAloneIsRefusedWhereItIsTheWords(String model) throws Exception {
        try (GoldenJob job = job(model, "{\"name\": \"partial\", \"head_only\": true}")) {
            JobException refused =
                    assertThrows(JobException.class, () -> job.stage().prepare(job.unscored(), List.of()));
            assertEquals("method.head_only", refused.error().param());
            assertTrue(
                    refused.error().message().contains("is its word embeddings (tie_word_embeddings)"),
                    refused.error().message());
        }
    }

    /** A Llama whose output layer is a copy of its words. */
    private Path untied() throws IOException {
        Path source = GoldenJob.GOLDEN.resolve("language/llama");
        Path model = Files.createDirectory(folder.resolve("untied"));
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        ObjectNode config =
                (ObjectNode) JSON.readTree(model.resolve("config.json").toFile());
        JSON.writeValue(model.resolve("config.json").toFile(), config.put("tie_word_embeddings", false));
        try (Backend backend = Backend.open("cpu", 1);
                NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.open(source.resolve("model.safetensors"))) {
            Map<String, NDArray> tensors = new LinkedHashMap<>(reader.readAll(scope));
            NDArray words = tensors.get("model.embed_tokens.weight");
            assertTrue(words != null);
            tensors.put("lm_head.weight", words.duplicate());
            Files.delete(model.resolve("model.safetensors"));
            SafetensorsWriter.write(model.resolve("model.safetensors"), tensors);
        }
        return model;
    }

    private static GoldenJob job(String model, String method) throws IOException {
        return new GoldenJob(model, TaskType.CAUSAL_LM, method, TRAINING);
    }

    private static double[] losses(Network network, GoldenJob job) {
        Predicted predicted =
                Predicted.of(network, Forward.of(network), job.inputs().training(), 5, job.backend(), _ -> {});
        return ((WordPredictions) predicted).losses();
    }
}
