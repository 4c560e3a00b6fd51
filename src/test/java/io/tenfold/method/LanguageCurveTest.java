package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.data.Columns;
import io.tenfold.data.DataFile;
import io.tenfold.data.LanguagePreparation;
import io.tenfold.data.Preparation;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.FineTuneRequest.TrainOn;
import io.tenfold.job.TrainingOptions.TooLong;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.Forward;
import io.tenfold.train.Inputs;
import io.tenfold.train.Predicted;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import io.tenfold.train.WeightDecay;
import io.tenfold.train.WordPredictions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Language models are trained as Transformers and PEFT train them: rows, losses, weights, and each other's files. */
class LanguageCurveTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path LANGUAGE = GoldenJob.GOLDEN.resolve("language");
    private static final String FULL = "full";

    @TempDir
    Path folder;

    static List<String> all() throws IOException {
        try (Stream<Path> files = Files.list(LANGUAGE)) {
            return files.filter(file -> Files.exists(file.resolve("curve.json")))
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    static List<String> adapters() throws IOException {
        return all().stream().filter(name -> !name.endsWith(FULL)).toList();
    }

    private static JsonNode golden(String name) throws IOException {
        return JSON.readTree(LANGUAGE.resolve(name).resolve("curve.json").toFile());
    }

    private static GoldenJob job(JsonNode golden) throws IOException {
        String training = """
                {"max_steps": 20, "batch_size": 4, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0, "weight_decay": %s,
                 "learning_rate": %s, "max_length": 64, "logging_steps": 1}""".formatted(
                        golden.path("weight_decay").asText(),
                        golden.path("learning_rate").asText());
        return new GoldenJob(
                "language/" + golden.path("base").asText(),
                TaskType.CAUSAL_LM,
                golden.path("method").toString(),
                training);
    }

    @Test
    void tokensAndAnswersAreTheReferences() throws Exception {
        JsonNode rows = JSON.readTree(LANGUAGE.resolve("tokens.json").toFile()).path("rows");
        try (GoldenJob job = job(golden("llama-full"))) {
            TokenizedSet set = job.inputs().training();
            assertEquals(rows.size(), set.size());
            for (int row = 0; row < rows.size(); row++) {
                int[] ids = StreamSupport.stream(rows.get(row).path("ids").spliterator(), false)
                        .mapToInt(JsonNode::intValue)
                        .toArray();
                assertArrayEquals(ids, set.ids(row), "row " + row);
                assertArrayEquals(
                        new int[] {rows.get(row).path("answer").intValue(), ids.length},
                        set.answers(row),
                        "row " + row);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void twentyStepsAreTheReferences(String name) throws Exception {
        JsonNode golden = golden(name);
        try (GoldenJob job = job(golden)) {
            Tuning tuning = job.stage().prepare(job.unscored(), List.of());
            Path init = LANGUAGE.resolve(name).resolve("curve_init.safetensors");
            if (!name.endsWith(FULL)) {
                CurveParityTest.startFrom(init, tuning, job);
            }
            assertEquals(
                    golden.path("trainable_parameters").asLong(),
                    tuning.trained().size());
            TrainingResult result = new TrainingLoop(
                            tuning, job.unscored(), GoldenJob.environment(folder, new QuietSink(), null))
                    .run();
            CurveParityTest.checkLosses(golden, result);
            rowLossesAreExpected(golden, tuning.network(), job);
            if (name.endsWith(FULL)) {
                weightsAreExpected(golden, tuning);
            }
            Path artifact = Files.createDirectory(folder.resolve("artifact"));
            tuning.writer().write(artifact);
            tuning.network().close();
            try (Network opened = job.open(artifact)) {
                rowLossesAreExpected(golden, opened, job);
            }
        }
    }

    /** The first stage on a decoder is the training of every weight, whatever its task. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-full", "gpt2-full"})
    void pretrainingOnADomainsTextsIsTheReferences(String name) throws Exception {
        ObjectNode golden = golden(name).deepCopy();
        golden.putObject("method")
                .put("name", "domain")
                .put("kind", "pretrain")
                .put("pretrain_steps", 20)
                .put("pretrain_learning_rate", golden.path("learning_rate").asDouble());
        Path others = Files.writeString(folder.resolve("others.txt"), "Fog came in from the sea.");
        try (GoldenJob job = job(golden)) {
            Inputs inputs = job.unscored();
            TokenizedSet rows = inputs.training();
            Preparation preparation = new Preparation(inputs.tokenizer(), 64, TooLong.TRUNCATE, 4);
            TokenizedSet heldOut = new LanguagePreparation(preparation, inputs.tokenizer(), null, TrainOn.ALL)
                    .texts(DataFile.of(others, "others.txt", "data", null), Columns.usual(), _ -> true);
            TaskRows target = new TaskRows(
                    "target", inputs.request().task(), inputs.labels(), null, null, new TaskRows.Texts(rows, heldOut));
            Inputs own = new Inputs(
                    inputs.request(),
                    inputs.modelFolder(),
                    inputs.tokenizer(),
                    inputs.tasks(),
                    target,
                    inputs.heads(),
                    inputs.folders(),
                    inputs.workFolder(),
                    inputs.backend(),
                    null);
            Tuning tuning = job.stage().prepare(own, List.of());
            TrainingResult result =
                    new TrainingLoop(tuning, own, GoldenJob.environment(folder, new QuietSink(), null)).run();
            CurveParityTest.checkLosses(golden, result);
            weightsAreExpected(golden, tuning);
            rowLossesAreExpected(golden, tuning.network(), job);
            Path artifact = Files.createDirectory(folder.resolve("artifact"));
            tuning.writer().write(artifact);
            tuning.network().close();
            try (Network opened = job.open(artifact)) {
                rowLossesAreExpected(golden, opened, job);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("adapters")
    void peftsAdapterGivesPeftsLosses(String name) throws Exception {
        JsonNode golden = golden(name);
        try (GoldenJob job = job(golden);
                Network opened = job.open(LANGUAGE.resolve(name))) {
            rowLossesAreExpected(golden, opened, job);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\": \"lora\", \"init_lora_weights\": \"pissa\"}",
                "{\"name\": \"lora\", \"quantize\": \"nf4\"}",
                "{\"name\": \"lora\", \"target_modules\": \"all-linear\", \"bias\": \"all\"}"
            })
    void anAdapterThatChangesWeightsLeavesTheBaseAsItIs(String method) throws Exception {
        for (String base : List.of("llama", "gpt2")) {
            JsonNode golden = golden(base + "-lora");
            ObjectNode changing = golden.deepCopy();
            changing.set("method", JSON.readTree(method));
            Path artifact = Files.createDirectory(folder.resolve(base));
            try (GoldenJob job = job(changing)) {
                Tuning tuning = job.stage().prepare(job.unscored(), List.of());
                new TrainingLoop(tuning, job.unscored(), GoldenJob.environment(folder, new QuietSink(), null)).run();
                tuning.writer().write(artifact);
                tuning.network().close();
                try (Network _ = job.open(artifact);
                        Network opened = job.open(LANGUAGE.resolve(base + "-lora"))) {
                    rowLossesAreExpected(golden, opened, job);
                }
            }
        }
    }

    private static void weightsAreExpected(JsonNode golden, Tuning tuning) {
        CurveParityTest.checkNorms(golden, tuning);
        List<String> decayed = tuning.trained().stream()
                .map(Parameter::name)
                .filter(WeightDecay::decays)
                .sorted()
                .toList();
        assertEquals(golden.path("decayed"), JSON.valueToTree(decayed));
    }

    private static void rowLossesAreExpected(JsonNode golden, Network network, GoldenJob job) {
        TokenizedSet rows = job.inputs().training();
        Predicted predicted = Predicted.of(network, Forward.of(network), rows, 5, job.backend(), _ -> {});
        double[] sums = ((WordPredictions) predicted).losses();
        JsonNode expected = golden.path("row_losses");
        assertEquals(expected.size(), sums.length);
        for (int row = 0; row < sums.length; row++) {
            assertEquals(expected.get(row).asDouble(), sums[row] / rows.trained(row), 1e-4, "row " + row);
        }
    }
}
