package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Forward;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Predictions;
import io.tenfold.train.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An adapter extracted from a tuned model gives that model's logits as far as its rank goes. */
class LoraExtractTest {

    @TempDir
    Path folder;

    private float[][] expected = {};

    @Test
    void theRankOfTheChangeIsEnough() throws Exception {
        Path tuned = tuned("bert", LoraExtractTest::changeQueries);
        try (GoldenJob job = job("bert", tuned, "\"rank\": 2", "\"target_modules\": [\"query\"]")) {
            Path artifact = extracted(job);
            ObjectNode config = PeftFiles.readConfig(artifact);
            assertEquals(2, config.path("r").asInt());
            assertEquals(2, config.path("lora_alpha").asInt());
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5,1", "0.89,1", "0.91,2", "1,2"})
    void theEnergyDecidesTheRank(double energy, int rank) throws Exception {
        // The squares of 3 and 1: the first direction has nine tenths of the change.
        Path tuned = tuned("bert", LoraExtractTest::changeQueries);
        try (GoldenJob job = job("bert", tuned, "\"energy\": " + energy, "\"target_modules\": [\"query\"]")) {
            Tuning tuning = prepared(job);
            tuning.writer().write(folder);
            assertEquals(rank, PeftFiles.readConfig(folder).path("r").asInt());
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "bert-bare", "distilbert", "roberta"})
    void everyLinearLayerIsTakenWhereNoneIsNamed(String model) throws Exception {
        Path tuned = tuned(model, LoraExtractTest::changeLinearLayers);
        try (GoldenJob job = job(model, tuned, "\"energy\": 1", "\"bias\": \"all\", \"merge\": true")) {
            Path artifact = extracted(job);
            try (Network merged = Models.load(
                    artifact.resolve("merged"),
                    HeadSpec.classification(job.inputs().labels()),
                    ModelHooks.NONE,
                    job.backend(),
                    new LoadOptions(0, 0.0))) {
                areExpected(predict(job, merged));
            }
        }
    }

    /** Checks the logits of the extraction and of its adapter once opened. */
    private Path extracted(GoldenJob job) throws Exception {
        Path artifact = Files.createDirectory(folder.resolve("artifact"));
        Tuning tuning = prepared(job);
        assertEquals(0, tuning.trained().count(), "nothing is left to train");
        areExpected(predict(job, tuning.network()));
        tuning.writer().write(artifact);
        tuning.network().close();
        try (Network opened = job.open(artifact)) {
            areExpected(predict(job, opened));
        }
        return artifact;
    }

    private void areExpected(float[][] logits) {
        for (int row = 0; row < expected.length; row++) {
            assertArrayEquals(expected[row], logits[row], 1e-4f, "row " + row);
        }
    }

    @Test
    void aModelOfAnotherBaseIsRefused() throws Exception {
        JobError error = refused("bert", tuned("distilbert", LoraExtractTest::changeQueries), "\"rank\": 2");
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertTrue(error.message().contains("tuned from this base"), error.message());
    }

    @Test
    void aModelWithoutAHeadIsRefused() throws Exception {
        JobError error = refused("bert", GoldenJob.GOLDEN.resolve("bert-bare"), "\"rank\": 2");
        assertEquals("method.extract.from", error.param());
        assertTrue(error.message().contains("tuned for this task"), error.message());
    }

    @Test
    void anAdapterIsNoTunedModel() throws Exception {
        JobError error = refused("bert", GoldenJob.GOLDEN.resolve("bert-lora"), "\"rank\": 2");
        assertEquals("method.extract.from", error.param());
        assertTrue(error.message().contains("no config.json"), error.message());
    }

    @ParameterizedTest
    @CsvSource({"num_attention_heads,2", "num_hidden_layers,1"})
    void aBaseOfAnotherShapeIsRefused(String field, int value) throws Exception {
        Path tuned = tuned("bert", LoraExtractTest::changeQueries);
        Path base = Files.createDirectory(folder.resolve("base"));
        try (var files = Files.list(GoldenJob.GOLDEN.resolve("bert"))) {
            for (Path file : files.toList()) {
                Files.copy(file, base.resolve(file.getFileName()));
            }
        }
        ObjectMapper json = new ObjectMapper();
        ObjectNode config =
                (ObjectNode) json.readTree(base.resolve("config.json").toFile());
        json.writeValue(base.resolve("config.json").toFile(), config.put(field, value));
        JobError error = refused(base.toAbsolutePath().toString(), tuned, "\"rank\": 2");
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertEquals("method.extract.from", error.param());
        assertTrue(
                error.message().contains("it is a bert of 2 layers with 4 heads, the base a bert of"), error.message());
    }

    @Test
    void aRankAboveTheMatrixIsRefused() throws Exception {
        JobError error = refused("bert", tuned("bert", LoraExtractTest::changeQueries), "\"rank\": 64");
        assertEquals(ErrorCode.BAD_REQUEST, error.code());
        assertEquals("method.extract.rank", error.param());
    }

    private static JobError refused(String model, Path tuned, String extract) throws Exception {
        try (GoldenJob job = job(model, tuned, extract, "\"bias\": \"none\"")) {
            return assertThrows(JobException.class, () -> prepared(job)).error();
        }
    }

    private static GoldenJob job(String model, Path tuned, String extract, String options) throws Exception {
        return new GoldenJob(
                model,
                "{\"name\": \"lora\", \"extract\": {\"from\": \"file:%s\", %s}, %s}".formatted(tuned, extract, options),
                "{\"epochs\": 1, \"batch_size\": 8, \"dropout\": 0}");
    }

    private static Tuning prepared(GoldenJob job) {
        return job.stage().prepare(job.inputs(), List.of());
    }

    private static float[][] predict(GoldenJob job, Network network) {
        return Predictions.of(Forward.of(network), job.inputs().training(), 8, job.backend(), _ -> {})
                .logits();
    }

    /** A model with changed weights; its logits are what is expected. */
    private Path tuned(String model, BiConsumer<Parameter, NDManager> change) throws Exception {
        Path tuned = folder.resolve("tuned");
        try (GoldenJob job = new GoldenJob(model, "{\"name\": \"full\"}", "{\"epochs\": 1}");
                NDManager scope = job.backend().scope();
                Recording _ = Recording.off();
                Network network = Models.load(
                        job.inputs().modelFolder(),
                        HeadSpec.classification(job.inputs().labels()),
                        ModelHooks.NONE,
                        job.backend(),
                        new LoadOptions(3, 0.0))) {
            network.parameters().forEach(parameter -> change.accept(parameter, scope));
            expected = predict(job, network);
            ModelFiles.write(tuned, network, job.inputs().tokenizer());
        }
        return tuned;
    }

    /** Adds a matrix of the singular values 3 and 1. */
    private static void changeQueries(Parameter parameter, NDManager scope) {
        if (parameter.name().endsWith("query.weight") || parameter.name().endsWith("q_lin.weight")) {
            float[] change = new float[32 * 32];
            change[5] = 3;
            change[32 + 9] = -1;
            parameter.value().addi(scope.create(change, new Shape(32, 32)));
        }
    }

    /** Adds noise to all but embeddings and norms. */
    private static void changeLinearLayers(Parameter parameter, NDManager scope) {
        String name = parameter.name();
        if (List.of("mbedding", "orm").stream().noneMatch(name::contains)) {
            NDArray noise = scope.randomNormal(0, 0.05f, parameter.shape(), ai.djl.ndarray.types.DataType.FLOAT32);
            parameter.value().addi(noise);
        }
    }
}
