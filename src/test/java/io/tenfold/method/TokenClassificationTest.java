package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.data.Batch;
import io.tenfold.data.EncodedWords;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tagged words: tokens and labels as run_ner's, logits and losses as Transformers' and PEFT's. */
class TokenClassificationTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "distilbert"})
    void wordsBecomeTheTokensAndLabelsOfRunNer(String family) throws IOException {
        JsonNode golden = golden(family, "tags.json");
        List<String> tags = texts(golden.path("tags"));
        List<String> lines = Files.readAllLines(model(family).resolve("tags.jsonl"));
        try (TextTokenizer tokenizer = TextTokenizer.open(model(family), family)) {
            for (int row = 0; row < lines.size(); row++) {
                JsonNode line = JSON.readTree(lines.get(row));
                check(tokenizer, line, tags, 128, golden.path("rows").get(row));
                check(
                        tokenizer,
                        line,
                        tags,
                        golden.path("cut_length").intValue(),
                        golden.path("cut").get(row));
            }
        }
    }

    private static void check(TextTokenizer tokenizer, JsonNode line, List<String> tags, int length, JsonNode golden) {
        List<String> words = texts(line.path("tokens"));
        EncodedWords encoded = tokenizer.encodeWords(words, length);
        assertArrayEquals(numbers(golden.path("input_ids")), encoded.row().ids(), words.toString());
        int[] labels = new int[encoded.row().ids().length];
        Arrays.fill(labels, -100);
        for (int word = 0; word < words.size(); word++) {
            if (encoded.places()[word] >= 0) {
                labels[encoded.places()[word]] =
                        tags.indexOf(line.path("tags").get(word).asText());
            }
        }
        assertArrayEquals(numbers(golden.path("labels")), labels, words.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "distilbert"})
    void everyTokensLogitsAreTransformers(String family) throws IOException {
        try (GoldenJob job = job(family, "{\"name\": \"full\"}", "{}");
                Network network = job.open(model(family));
                NDManager scope = job.backend().scope();
                Recording _ = Recording.off();
                SafetensorsReader reader = SafetensorsReader.open(model(family).resolve("expected.safetensors"))) {
            assertEquals(HeadSpec.Kind.TOKENS, network.head().kind());
            assertEquals(
                    texts(golden(family, "tags.json").path("tags")),
                    network.head().labels());
            TokenizedSet rows = job.inputs().training();
            Batch batch = Batch.of(scope, rows, IntStream.range(0, rows.size()).toArray());
            int[][] all = IntStream.range(0, rows.size())
                    .mapToObj(row -> IntStream.range(0, rows.ids(row).length).toArray())
                    .toArray(int[][]::new);
            float[] logits = Ops.rows(
                            network.logits(batch.tokens(), false),
                            batch.tokens().places(all))
                    .toFloatArray();
            assertArrayEquals(reader.read(scope, "logits").toFloatArray(), logits, 1e-4f);
        }
    }

    @ParameterizedTest
    @CsvSource({"bert,full", "roberta,full", "distilbert,full", "bert,lora", "roberta,lora", "distilbert,lora"})
    void twentyStepsGiveTheReferencesLosses(String family, String method) throws Exception {
        JsonNode golden = golden(family, "curve_" + method + ".json");
        String options =
                method.equals("full") ? "{\"name\": \"full\"}" : "{\"name\": \"lora\", \"r\": 4, \"lora_alpha\": 8}";
        String training = """
                {"max_steps": 20, "batch_size": 8, "shuffle": false, "warmup_ratio": 0.1, "dropout": 0,
                 "learning_rate": %s, "logging_steps": 1, "metric": "loss"}""".formatted(golden.path("learning_rate").asText());
        try (GoldenJob job = job(family, options, training)) {
            Tuning tuning = job.stage().prepare(job.inputs(), List.of());
            if (method.equals("lora")) {
                CurveParityTest.startFrom(model(family).resolve("curve_lora_init.safetensors"), tuning, job);
            }
            TrainingResult result =
                    new TrainingLoop(tuning, job.inputs(), GoldenJob.environment(folder, new QuietSink(), null)).run();
            CurveParityTest.checkLosses(golden, result);
            assertTrue(result.metrics().containsKey("f1"), result.metrics().toString());
            tuning.network().close();
        }
    }

    private static GoldenJob job(String family, String method, String training) throws IOException {
        return new GoldenJob(family + "-tokens", TaskType.TOKEN_CLASSIFICATION, method, training);
    }

    private static Path model(String family) {
        return GoldenJob.GOLDEN.resolve(family + "-tokens");
    }

    private static JsonNode golden(String family, String file) throws IOException {
        return JSON.readTree(model(family).resolve(file).toFile());
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private static int[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
