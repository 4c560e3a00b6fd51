package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.model.Network;
import io.tenfold.train.Forward;
import io.tenfold.train.Predictions;
import io.tenfold.train.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Merged adapters have the numbers of PEFT's {@code add_weighted_adapter}. */
class LoraMergeTest {

    private static final List<String> AB = List.of("bert-lora-merge-a", "bert-lora-merge-b");
    private static final List<String> AC = List.of("bert-lora-merge-a", "bert-lora-merge-c");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "linear | 0.6, 0.4 | \"combination_type\": \"linear\"",
                "linear_negative | 1.0, -0.5 | \"combination_type\": \"linear\"",
                "ties | 0.6, 0.4 | \"combination_type\": \"ties\", \"density\": 0.5",
                "ties_frequency | 0.6, 0.4 | \"combination_type\": \"ties\", \"density\": 0.3, \"majority_sign_method\": \"frequency\"",
                "magnitude_prune | 0.6, 0.4 | \"combination_type\": \"magnitude_prune\", \"density\": 0.2",
                "cat | 0.7, 0.5 | \"combination_type\": \"cat\"",
                "svd | 0.7, 0.5 | \"combination_type\": \"svd\"",
                "svd_rank | 0.7, 0.5 | \"svd_rank\": 6",
            })
    void theNumbersArePefts(String golden, String weights, String options) throws Exception {
        boolean exact = !golden.startsWith("svd");
        List<String> adapters = exact && !golden.equals("cat") ? AB : AC;
        try (GoldenJob job = job("bert", adapters, "\"weights\": [%s], %s".formatted(weights, options));
                NDManager scope = job.backend().scope();
                SafetensorsReader expected =
                        SafetensorsReader.open(GoldenJob.GOLDEN.resolve("bert-lora-merge-a/merged.safetensors"))) {
            written(job);
            Map<String, NDArray> merged = PeftFiles.readTensors(folder, scope);
            int rank = PeftFiles.readConfig(folder).path("r").asInt();
            assertEquals(rank, PeftFiles.readConfig(folder).path("lora_alpha").asInt(), "the scale is 1");
            int compared = 0;
            for (String name : expected.names()) {
                if (!name.startsWith(golden + ":") || !name.contains("lora_A")) {
                    continue;
                }
                String a = name.substring(golden.length() + 1);
                String b = a.replace("lora_A", "lora_B");
                NDArray theirA = expected.read(scope, name);
                NDArray theirB = expected.read(scope, name.replace("lora_A", "lora_B"));
                assertEquals(rank, theirA.getShape().get(0));
                if (exact) {
                    assertArrayEquals(
                            theirA.toFloatArray(),
                            Objects.requireNonNull(merged.get(a)).toFloatArray(),
                            1e-6f,
                            a);
                    assertArrayEquals(
                            theirB.toFloatArray(),
                            Objects.requireNonNull(merged.get(b)).toFloatArray(),
                            1e-6f,
                            b);
                }
                // The signs of singular vectors are the library's choice.
                assertArrayEquals(
                        theirB.matMul(theirA).toFloatArray(),
                        Objects.requireNonNull(merged.get(b))
                                .matMul(Objects.requireNonNull(merged.get(a)))
                                .toFloatArray(),
                        1e-5f,
                        a);
                compared++;
            }
            assertEquals(4, compared, "query and value of two layers");
        }
    }

    @Test
    void headsBecomeTheMeanByWeight() throws Exception {
        try (GoldenJob job = job("bert", AB, "\"weights\": [3, 1]");
                NDManager scope = job.backend().scope()) {
            written(job);
            String head = "base_model.model.classifier.weight";
            NDArray first = Objects.requireNonNull(tensors(AB.getFirst(), scope).get(head));
            NDArray second = Objects.requireNonNull(tensors(AB.getLast(), scope).get(head));
            assertArrayEquals(
                    first.mul(0.75).add(second.mul(0.25)).toFloatArray(),
                    Objects.requireNonNull(PeftFiles.readTensors(folder, scope).get(head))
                            .toFloatArray(),
                    1e-6f);
        }
    }

    @Test
    void theMergedAdapterOpensWithTheLogitsOfTheJob() throws Exception {
        try (GoldenJob job = job("bert", AC, "\"combination_type\": \"cat\"")) {
            Tuning tuning = prepared(job);
            assertEquals(0, tuning.trained().count());
            float[][] expected = predict(job, tuning.network());
            tuning.writer().write(folder);
            tuning.network().close();
            try (Network opened = job.open(folder)) {
                float[][] actual = predict(job, opened);
                for (int row = 0; row < expected.length; row++) {
                    assertArrayEquals(expected[row], actual[row], 1e-5f);
                }
            }
        }
    }

    @Test
    void dareFollowsFromTheSeed() throws Exception {
        String options = "\"combination_type\": \"dare_ties\", \"density\": 0.5";
        float[][] first;
        try (GoldenJob job = job("bert", AB, options)) {
            Tuning tuning = prepared(job);
            first = predict(job, tuning.network());
            tuning.network().close();
        }
        try (GoldenJob job = job("bert", AB, options)) {
            Tuning tuning = prepared(job);
            assertArrayEquals(first[0], predict(job, tuning.network())[0]);
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "distilbert | bert-lora-merge-a | another base",
                "bert | distilbert-lora | another base",
                "bert | bert-lora-merge-a,bert-lora-regex | same target_modules",
                "bert | bert-lora-merge-a,bert-lora-layers | same target_modules",
                "bert | bert-lora-merge-a,bert-lora-merge-c | different ranks",
                "bert | bert-lora-dora | use_dora",
                "bert | bert-lora-pissa | PISSA",
                "bert | bert-lora-bias | LORA_ONLY",
                "bert | bert | no LoRA adapter",
            })
    void whatDoesNotFitIsRefused(String model, String adapters, String message) throws Exception {
        try (GoldenJob job = job(model, List.of(adapters.split(",")), "\"combination_type\": \"linear\"")) {
            JobError error =
                    assertThrows(JobException.class, () -> prepared(job)).error();
            assertEquals(ErrorCode.BAD_MODEL, error.code());
            assertTrue(error.message().contains(message), error.message());
            assertTrue(String.valueOf(error.param()).startsWith("method.merge_adapters.adapters["), error.param());
        }
    }

    @Test
    void adaptersOfOtherLabelsAreRefused() throws Exception {
        Altered adapter = Altered.copy("bert-lora-merge-a", folder);
        Files.writeString(folder.resolve("metrics.json"), "{\"labels\": [\"x\", \"y\", \"z\"]}");
        secondIsRefused(adapter, "its labels are [x, y, z]");
    }

    @Test
    void anAdapterOfABaseOfAnotherNameIsRefused() throws Exception {
        secondIsRefused(
                Altered.copy("bert-lora-merge-a", folder)
                        .config(config -> config.put("base_model_name_or_path", "hf://org/bert-large@main/")),
                "it was made for another base, hf://org/bert-large@main/, and the request's model is file:bert");
    }

    @Test
    void theSameBaseMayLieElsewhere() throws Exception {
        Altered adapter = Altered.copy("bert-lora-merge-a", folder)
                .config(config -> config.put("base_model_name_or_path", "hf://org/bert@main"));
        try (GoldenJob job = job("bert", List.of(adapter.path()), "\"weights\": [1]")) {
            prepared(job).network().close();
        }
    }

    @Test
    void adaptersThatBringOtherModulesAreRefused() throws Exception {
        secondIsRefused(
                Altered.copy("bert-lora-merge-a", folder)
                        .tensor("base_model.model.bert.pooler.dense.bias", new Shape(32)),
                "differ in bert.pooler.dense, which one of them does not bring");
    }

    @Test
    void anAdapterForABaseInFourBitsIsNotMergedWithAnother() throws Exception {
        Altered adapter = Altered.copy("bert-lora-merge-a", folder);
        Files.writeString(folder.resolve("quantization.json"), "{}");
        secondIsRefused(adapter, "it has quantization.json");
        try (GoldenJob job = job("bert", List.of(adapter.path(), adapter.path()), "\"weights\": [1, 1]")) {
            Tuning tuning = prepared(job);
            Path merged = Files.createDirectory(folder.resolve("merged"));
            tuning.writer().write(merged);
            assertTrue(Files.exists(merged.resolve("quantization.json")));
            tuning.network().close();
        }
    }

    @Test
    void whatCantBeReadIsTheAdaptersError() throws Exception {
        secondIsRefused(
                Altered.copy("bert-lora-merge-a", folder).withoutWeights(),
                "has no adapter_model.safetensors; weights in adapter_model.bin are pickled");
    }

    @Test
    void withoutARankTheGreatestOfAnyLayerIsEveryLayers() throws Exception {
        // Its r is 4, its rank_pattern has 6.
        try (GoldenJob job = job("bert", List.of("bert-lora-patterns"), "\"weights\": [1]")) {
            written(job);
            assertEquals(
                    greatest("bert-lora-patterns"),
                    PeftFiles.readConfig(folder).path("r").asInt());
            assertTrue(PeftFiles.readConfig(folder).path("rank_pattern").isEmpty());
        }
    }

    private static int greatest(String adapter) {
        ObjectNode config = PeftFiles.readConfig(GoldenJob.GOLDEN.resolve(adapter));
        int greatest = config.path("r").asInt();
        for (var rank : config.path("rank_pattern")) {
            greatest = Math.max(greatest, rank.asInt());
        }
        return greatest;
    }

    @Test
    void aRankAboveTheMatrixIsRefused() throws Exception {
        try (GoldenJob job = job("bert", AB, "\"svd_rank\": 33")) {
            JobError error =
                    assertThrows(JobException.class, () -> prepared(job)).error();
            assertEquals(ErrorCode.BAD_REQUEST, error.code());
            assertEquals("method.merge_adapters.svd_rank", error.param());
            assertTrue(error.message().contains("give at most 32"), error.message());
        }
    }

    private static void secondIsRefused(Altered adapter, String message) throws Exception {
        try (GoldenJob job = job("bert", List.of("bert-lora-merge-a", adapter.path()), "\"weights\": [1, 1]")) {
            JobError error =
                    assertThrows(JobException.class, () -> prepared(job)).error();
            assertEquals(ErrorCode.BAD_MODEL, error.code());
            assertEquals("method.merge_adapters.adapters[1]", error.param());
            assertTrue(error.message().contains(message), error.message());
        }
    }

    private void written(GoldenJob job) {
        Tuning tuning = prepared(job);
        tuning.writer().write(folder);
        tuning.network().close();
    }

    private static Map<String, NDArray> tensors(String adapter, NDManager scope) {
        return PeftFiles.readTensors(GoldenJob.GOLDEN.resolve(adapter), scope);
    }

    private static GoldenJob job(String model, List<String> adapters, String options) throws Exception {
        String locations = adapters.stream()
                .map(adapter -> "\"file:%s\"".formatted(GoldenJob.GOLDEN.resolve(adapter)))
                .collect(Collectors.joining(", "));
        return new GoldenJob(
                model,
                "{\"name\": \"lora\", \"merge_adapters\": {\"adapters\": [%s], %s}}".formatted(locations, options),
                "{\"epochs\": 1, \"batch_size\": 8}");
    }

    private static Tuning prepared(GoldenJob job) {
        return job.stage().prepare(job.inputs(), List.of());
    }

    private static float[][] predict(GoldenJob job, Network network) {
        return Predictions.of(Forward.of(network), job.inputs().training(), 8, job.backend(), _ -> {})
                .logits();
    }
}
