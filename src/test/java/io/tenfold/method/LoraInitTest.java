package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Forward;
import io.tenfold.train.Predictions;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PiSSA and OLoRA begin with PEFT's factors, as the plain model, and are written for the plain model. */
class LoraInitTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bert-lora-pissa | \"init_lora_weights\": \"pissa\"",
                "bert-lora-pissa-rslora | \"init_lora_weights\": \"pissa\", \"use_rslora\": true, \"rank_pattern\": {\"value\": 6}",
                "bert-lora-olora | \"init_lora_weights\": \"olora\", \"target_modules\": [\"query\", \"dense\"]",
                "distilbert-lora-pissa | \"init_lora_weights\": \"pissa\"",
                "distilbert-lora-olora | \"init_lora_weights\": \"olora\"",
            })
    void theFirstFactorsArePeftsUpToTheSign(String golden, String options) throws Exception {
        String model = golden.substring(0, golden.indexOf('-'));
        try (GoldenJob job = job(model, options);
                NDManager scope = job.backend().scope();
                Recording _ = Recording.off()) {
            Tuning tuning = prepared(job);
            try (SafetensorsReader reader =
                    SafetensorsReader.open(GoldenJob.GOLDEN.resolve(golden + "/initial.safetensors"))) {
                for (String name : reader.names()) {
                    NDArray expected = reader.read(scope, name);
                    NDArray actual = tuning.trained().get(name).value().duplicate();
                    actual.attach(scope);
                    // A pair of a row of A and a column of B may be turned together.
                    int axis = name.contains("lora_A") ? 1 : 0;
                    NDArray sign =
                            expected.mul(actual).sum(new int[] {axis}, true).sign();
                    assertArrayEquals(expected.toFloatArray(), actual.mul(sign).toFloatArray(), 1e-4f, name);
                }
            }
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @CsvSource({"bert,pissa", "bert,olora", "distilbert,pissa", "roberta,olora"})
    void theStartIsThePlainModelAndSoIsItsAdapter(String model, String init) throws Exception {
        try (GoldenJob job =
                job(model, "\"target_modules\": \"all-linear\", \"init_lora_weights\": \"%s\"".formatted(init))) {
            Tuning tuning = prepared(job);
            tuning.writer().write(folder);
            try (Network plain = Models.load(
                            job.inputs().modelFolder(),
                            HeadSpec.classification(job.inputs().labels()),
                            ModelHooks.NONE,
                            job.backend(),
                            new LoadOptions(0, 0.0));
                    Network opened = job.open(folder)) {
                float[][] expected = predict(job, plain);
                float[][] started = predict(job, tuning.network());
                float[][] reopened = predict(job, opened);
                for (int row = 0; row < expected.length; row++) {
                    assertArrayEquals(expected[row], started[row], 1e-4f);
                    assertArrayEquals(expected[row], reopened[row], 1e-4f);
                }
            }
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @CsvSource({"false,8,16", "true,8,11.31370849898476"})
    void theAdapterIsAPlainOneOfTwiceTheRank(boolean root, int rank, double alpha) throws Exception {
        String options = """
                "init_lora_weights": "pissa", "use_rslora": %s, "rank_pattern": {"value": 2}""".formatted(root);
        try (GoldenJob job = job("bert", options)) {
            Tuning tuning = prepared(job);
            tuning.writer().write(folder);
            var config = PeftFiles.readConfig(folder);
            assertEquals(rank, config.path("r").asInt());
            assertEquals(alpha, config.path("lora_alpha").asDouble(), 1e-9);
            assertEquals(4, config.path("rank_pattern").path("value").asInt());
            assertEquals(true, config.path("init_lora_weights").asBoolean());
            try (NDManager scope = job.backend().scope()) {
                Map<String, NDArray> tensors = PeftFiles.readTensors(folder, scope);
                String query = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight";
                Parameter trained = tuning.trained().get(query);
                assertEquals(
                        2 * trained.size(),
                        Objects.requireNonNull(tensors.get(query)).size());
            }
            tuning.network().close();
        }
    }

    private static GoldenJob job(String model, String options) throws Exception {
        return new GoldenJob(
                model,
                "{\"name\": \"lora\", \"r\": 4, \"lora_alpha\": 8, %s}".formatted(options),
                "{\"epochs\": 1, \"batch_size\": 8, \"dropout\": 0}");
    }

    private static Tuning prepared(GoldenJob job) {
        return job.stage().prepare(job.inputs(), List.of());
    }

    private static float[][] predict(GoldenJob job, Network network) {
        return Predictions.of(Forward.of(network), job.inputs().training(), 8, job.backend(), _ -> {})
                .logits();
    }
}
