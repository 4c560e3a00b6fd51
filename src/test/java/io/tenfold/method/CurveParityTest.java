package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.job.JobEvent;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Twenty steps give the losses, the weights and the logits that Transformers and PEFT give. */
class CurveParityTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "bert,full",
        "roberta,full",
        "distilbert,full",
        "bert,lora",
        "roberta,lora",
        "distilbert,lora",
        "bert,pfeiffer",
        "bert,ia3"
    })
    void twentyStepsAreTheReferences(String model, String method) throws Exception {
        JsonNode golden = new ObjectMapper()
                .readTree(GoldenJob.GOLDEN
                        .resolve(model + "/curve_" + method + ".json")
                        .toFile());
        String options =
                switch (method) {
                    case "full" -> "{\"name\": \"full\"}";
                    case "lora" -> "{\"name\": \"lora\", \"r\": 4, \"lora_alpha\": 8}";
                    default -> "{\"name\": \"adapter\", \"kind\": \"%s\"}".formatted(method);
                };
        String training = """
                {"epochs": 4, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0,
                 "learning_rate": %s, "max_length": 128, "logging_steps": 1, "metric": "loss"}""".formatted(golden.path("learning_rate").asText());
        try (GoldenJob job = new GoldenJob(model, options, training)) {
            Tuning tuning = job.stage().prepare(job.inputs(), List.of());
            Path init = GoldenJob.GOLDEN.resolve(model + "/curve_" + method + "_init.safetensors");
            if (!method.equals("full")) {
                startFrom(init, tuning, job);
                assertEquals(
                        golden.path("trainable_parameters").asLong(),
                        tuning.trained().size());
            }
            QuietSink sink = new QuietSink();
            // By loss, so that the last weights are the best ones, which the loop leaves.
            TrainingResult result =
                    new TrainingLoop(tuning, job.inputs(), GoldenJob.environment(folder, sink, null)).run();
            checkLosses(golden, result);
            checkNorms(golden, tuning);
            checkLogits(golden, model, tuning, job);
            assertEquals(20, ((JobEvent.Progress) last(sink, JobEvent.Progress.class)).step());
            tuning.network().close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bert,last", "roberta,last", "distilbert,last",
        "bert,bias", "roberta,bias", "distilbert,bias",
        "bert,head", "roberta,head", "distilbert,head"
    })
    void twentyStepsOfAPartAreTransformers(String model, String part) throws Exception {
        Path expected = GoldenJob.GOLDEN.resolve(model + "-partial-" + part + "/curve.json");
        JsonNode golden = new ObjectMapper().readTree(expected.toFile());
        ObjectNode options = golden.path("method").deepCopy();
        String training = """
                {"epochs": 4, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0,
                 "learning_rate": %s, "max_length": 128, "logging_steps": 1}""".formatted(golden.path("learning_rate").asText());
        try (GoldenJob job = new GoldenJob(model, options.put("name", "partial").toString(), training)) {
            Tuning tuning = job.stage().prepare(job.unscored(), List.of());
            checkRun(golden, model, tuning, job, folder);
            tuning.network().close();
        }
    }

    static void startFrom(Path init, Tuning tuning, GoldenJob job) {
        try (NDManager scope = job.backend().scope();
                Recording _ = Recording.off();
                SafetensorsReader reader = SafetensorsReader.open(init)) {
            for (Parameter parameter : tuning.trained()) {
                String key = references(parameter.name()).stream()
                        .filter(reader::contains)
                        .findFirst()
                        .orElseThrow();
                parameter.set(reader.read(scope, key));
            }
        }
    }

    /** What the references may call a parameter. */
    private static List<String> references(String name) {
        return List.of(
                name,
                "base_model.model." + name,
                name.replace(".weight", ".default.weight"),
                name + ".default",
                name + ".default.weight",
                "base_model.model." + name.replaceFirst("^classifier", "classifier.modules_to_save.default"),
                name.replace(".adapters.", ".adapters.golden-1."),
                name.replace("bert.pooler.dense", "heads.golden-1.1"),
                name.replaceFirst("^classifier", "heads.golden-1.4"));
    }

    /** Trains without scoring on the way, and holds counts, losses, norms and logits against the golden ones. */
    static void checkRun(JsonNode golden, String model, Tuning tuning, GoldenJob job, Path folder) throws Exception {
        assertEquals(
                golden.path("trainable_parameters").asLong(), tuning.trained().size());
        TrainingResult result =
                new TrainingLoop(tuning, job.unscored(), GoldenJob.environment(folder, new QuietSink(), null)).run();
        checkLosses(golden, result);
        checkNorms(golden, tuning);
        checkLogits(golden, model, tuning, job);
    }

    static void checkLosses(JsonNode golden, TrainingResult result) {
        assertEquals(20, result.curve().size());
        for (int i = 0; i < 20; i++) {
            double expected = golden.path("losses").get(i).asDouble();
            assertEquals(expected, result.curve().get(i).loss(), 1e-3 * expected, "loss of step " + (i + 1));
        }
    }

    static void checkNorms(JsonNode golden, Tuning tuning) {
        Map<String, Parameter> trained = new HashMap<>();
        for (Parameter parameter : tuning.trained()) {
            references(parameter.name()).forEach(name -> trained.put(name, parameter));
        }
        golden.path("final_norms").properties().forEach(entry -> {
            Parameter parameter = trained.get(entry.getKey());
            // A key's bias moves by noise alone: attention does not change when all keys move alike.
            if (parameter != null && !entry.getKey().endsWith(".k_lin.bias")) {
                double expected = entry.getValue().asDouble();
                try (NDArray norm = parameter.value().norm()) {
                    assertEquals(expected, norm.getFloat(), 1e-4 * Math.max(1e-3, expected), entry.getKey());
                }
            }
        });
    }

    static void checkLogits(JsonNode golden, String model, Tuning tuning, GoldenJob job) throws Exception {
        JsonNode texts = new ObjectMapper()
                .readTree(Files.readString(GoldenJob.GOLDEN.resolve(model + "/texts.json")))
                .path("rows");
        for (int row = 0; row < texts.size(); row++) {
            int[] ids = numbers(texts.get(row).path("input_ids"));
            JsonNode types = texts.get(row).path("token_type_ids");
            try (NDManager scope = job.backend().scope();
                    Recording _ = Recording.off()) {
                int[][] rowTypes = {types.isMissingNode() ? new int[ids.length] : numbers(types)};
                float[] logits = tuning.network()
                        .logits(TokenRows.of(scope, new int[][] {ids}, rowTypes), false)
                        .toFloatArray();
                for (int c = 0; c < logits.length; c++) {
                    assertEquals(golden.path("final_logits").get(row).get(c).asDouble(), logits[c], 1e-3, "row " + row);
                }
            }
        }
    }

    private static int[] numbers(JsonNode array) {
        return java.util.stream.StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    private static Object last(QuietSink sink, Class<?> type) {
        return sink.events().stream()
                .filter(type::isInstance)
                .reduce((_, b) -> b)
                .orElseThrow();
    }
}
