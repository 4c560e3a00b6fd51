package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.job.RequestReader;
import io.tenfold.method.GoldenJob;
import io.tenfold.train.QuietSink;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.TextRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs that teach a tiny decoder answers, from the request to texts that the artifact writes. */
class LanguageJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void copyModelAndData() throws IOException {
        job = new DiskJob(root, "language/llama");
        List<String> rows = Files.readAllLines(GoldenJob.GOLDEN.resolve("language/rows.jsonl")).stream()
                .filter(row -> !json(row).path("prompt").asText().isEmpty())
                .limit(4)
                .toList();
        Files.write(root.resolve("rows.jsonl"), rows);
        List<String> chats = new ArrayList<>();
        for (String row : rows) {
            ObjectNode chat = JSON.createObjectNode();
            chat.putArray("messages")
                    .add(message("user", json(row).path("prompt").asText() + "?"))
                    .add(message(
                            "assistant", json(row).path("completion").asText().strip()));
            chats.add(chat.toString());
        }
        Files.write(root.resolve("chats.jsonl"), chats);
    }

    private static ObjectNode message(String role, String content) {
        return JSON.createObjectNode().put("role", role).put("content", content);
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private ObjectNode request(String method, String rows, String options) throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree("""
                {"id": "job", "task": {"type": "causal_lm"}, "method": %s, "data": {"train": "%s", "validation": "%s"},
                 "training": {"max_steps": 60, "batch_size": 4, "eval_steps": 30, "learning_rate": 1e-2, "dropout": 0,
                              "logging_steps": 10%s}}""".formatted(method, job.at(rows), job.at(rows), options));
        return body.put("model", job.at("model")).put("output", job.at("out"));
    }

    private static List<JobEvent.Evaluated> evaluated(QuietSink sink) {
        return sink.events().stream()
                .filter(JobEvent.Evaluated.class::isInstance)
                .map(JobEvent.Evaluated.class::cast)
                .toList();
    }

    private List<JsonNode> predictions() throws IOException {
        return Files.readAllLines(root.resolve("out/attempt-1/predictions-validation.jsonl")).stream()
                .map(LanguageJobTest::json)
                .toList();
    }

    private static Manner manner(boolean raw, @Nullable String system) {
        return new Manner(24, 0, 0, 1, 42, List.of(), system, raw);
    }

    private Opened open() {
        return new Predictor(job.store(), GoldenJob.allModels(), job.config())
                .open(List.of(new NamedArtifact("tuned", job.at("out"))), null, null, null);
    }

    private static List<String> texts(List<WrittenText> written) {
        return written.stream().map(WrittenText::generated).toList();
    }

    @Test
    void whatWasLearntFromPromptsIsWrittenByJobAndPredictorAlike() throws IOException {
        ObjectNode body = request(
                "{\"name\": \"lora\", \"r\": 8, \"target_modules\": \"all-linear\"}",
                "rows.jsonl",
                ", \"generate\": 24, \"max_predictions\": 3");
        QuietSink sink = job.run(body);
        JobEvent.Succeeded done = DiskJob.succeeded(sink);
        List<JobEvent.Evaluated> evaluated = evaluated(sink);
        assertEquals(
                List.of(30L, 60L, done.bestStep()),
                evaluated.stream().map(JobEvent.Evaluated::step).toList());
        assertFalse(evaluated.getFirst().metrics().containsKey("rouge_l"), "only what is published writes");
        assertEquals(evaluated.getLast().metrics(), done.metrics());
        JsonNode metrics = JSON.valueToTree(done.metrics());
        assertEquals(
                Math.exp(metrics.path("loss").asDouble()),
                metrics.path("perplexity").asDouble(),
                1e-9);
        assertEquals(1, metrics.path("exact_match").asDouble(), metrics.toString());
        assertEquals(1, metrics.path("rouge_l").asDouble(), 1e-12);
        assertEquals(100, metrics.path("chrf").asDouble(), 1e-9);

        List<JsonNode> lines = predictions();
        assertEquals(3, lines.size());
        List<TextRow> rows = new ArrayList<>();
        for (int row = 0; row < lines.size(); row++) {
            JsonNode asked = json(Files.readAllLines(root.resolve("rows.jsonl")).get(row));
            assertEquals(row, lines.get(row).path("row").asInt());
            assertTrue(lines.get(row).path("loss").asDouble() > 0);
            assertTrue(lines.get(row).path("tokens").asLong() > 1);
            assertEquals(
                    asked.path("completion").asText().strip(),
                    lines.get(row).path("generated").asText().strip());
            rows.add(new TextRow(asked.path("prompt").asText(), null, null));
        }
        try (Opened opened = open()) {
            assertEquals(Opened.Kind.TEXTS, opened.kind());
            List<WrittenText> written = opened.write(rows, manner(false, null));
            assertEquals(
                    lines.stream().map(line -> line.path("generated").asText()).toList(), texts(written));
            assertTrue(written.stream().allMatch(text -> text.ended().equals("end")), written.toString());
            StringBuilder heard = new StringBuilder();
            opened.write(rows.subList(1, 2), manner(true, null), (piece, _) -> heard.append(piece));
            assertEquals(written.get(1).generated(), heard.toString());
            JobException refused =
                    assertThrows(JobException.class, () -> opened.write(rows, manner(false, "Be brief.")));
            assertTrue(String.valueOf(refused.getMessage()).contains("a system message is given"));
            List<TextRow> endless = List.of(new TextRow("word ".repeat(900), null, null));
            JobException tooLong = assertThrows(JobException.class, () -> opened.write(endless, manner(false, null)));
            assertTrue(String.valueOf(tooLong.getMessage()).contains("positions for 160; shorten it"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'name': 'adapter', 'kind': 'houlsby', 'reduction_factor': 1}; 4e-2",
                "{'name': 'adapter', 'kind': 'pfeiffer', 'reduction_factor': 1}; 4e-2",
                "{'name': 'adapter', 'kind': 'parallel', 'reduction_factor': 1}; 4e-2",
                "{'name': 'partial', 'train_last_layers': 1}; 2e-2"
            },
            quoteCharacter = '`')
    void whatOtherMethodsLearntIsWrittenByJobAndPredictorAlike(String method, double rate) throws IOException {
        ObjectNode body = request(method.replace('\'', '"'), "rows.jsonl", ", \"generate\": 24");
        ((ObjectNode) body.path("training")).put("learning_rate", rate);
        JsonNode metrics = JSON.valueToTree(DiskJob.succeeded(job.run(body)).metrics());
        assertTrue(metrics.path("token_accuracy").asDouble() > 0.9, metrics.toString());
        List<TextRow> rows = Files.readAllLines(root.resolve("rows.jsonl")).stream()
                .map(row -> new TextRow(json(row).path("prompt").asText(), null, null))
                .toList();
        try (Opened opened = open()) {
            assertEquals(
                    predictions().stream()
                            .map(line -> line.path("generated").asText())
                            .toList(),
                    texts(opened.write(rows, manner(false, null))));
        }
    }

    @Test
    void conversationsAreAnsweredByTheChatTemplateAndChosenByTheirText() throws IOException {
        Files.copy(GoldenJob.GOLDEN.resolve("chat/chatml.jinja"), root.resolve("model/chat_template.jinja"));
        ObjectNode body = request("{\"name\": \"full\"}", "chats.jsonl", ", \"generate\": 24, \"metric\": \"rouge_l\"");
        QuietSink sink = job.run(body);
        JobEvent.Succeeded done = DiskJob.succeeded(sink);
        assertEquals(2, evaluated(sink).size());
        assertTrue(evaluated(sink).getFirst().metrics().containsKey("bleu"), "the choice needs it each time");
        assertEquals(1.0, done.metrics().get("exact_match"), done.metrics().toString());
        assertTrue(json(Files.readString(root.resolve("out/attempt-1/metrics.json")))
                .path("chat")
                .booleanValue());

        List<JsonNode> lines = predictions();
        try (Opened opened = open()) {
            List<TextRow> fromFile = new TextRows(job.store()).readPrompts(job.at("chats.jsonl"), null, null);
            List<TextRow> typed = fromFile.stream()
                    .map(row -> new TextRow(row.text(), null, null))
                    .toList();
            List<String> expected =
                    lines.stream().map(line -> line.path("generated").asText()).toList();
            assertEquals(expected, texts(opened.write(fromFile, manner(false, null))));
            List<WrittenText> chatted = opened.write(typed, manner(false, null));
            assertEquals(expected, texts(chatted));
            assertTrue(chatted.stream().allMatch(text -> text.ended().equals("end")), chatted.toString());
            assertFalse(expected.equals(texts(opened.write(typed, manner(true, null)))));
            assertThrows(JobException.class, () -> opened.write(fromFile, manner(true, null)));
        }
    }

    @Test
    void aTemplateTellsTheTimeOfTheFirstAttempt() throws IOException {
        Files.writeString(root.resolve("model/chat_template.jinja"), """
                {% if strftime_now('%F') != '2020-02-03' %}{{ raise_exception('it is ' + strftime_now('%F')) }}{% endif %}\
                {% for m in messages %}<|im_start|>{{ m.role }}
                {{ m.content }}<|im_end|>
                {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
                {% endif %}""");
        ObjectNode body = request("{\"name\": \"lora\"}", "chats.jsonl", "");
        String today = LocalDate.now(ZoneOffset.UTC).toString();
        assertTrue(DiskJob.failed(job.run(body)).error().message().contains("it is " + today.substring(0, 4)));
        Path owner = root.resolve("out/owner.json");
        String earlier = JSON.createObjectNode()
                .put("job_id", "job")
                .put("request_sha256", CanonicalJson.sha256(body))
                .put("started_at", "2020-02-03T23:59:59Z")
                .toString();
        Files.writeString(owner, earlier);
        DiskJob.succeeded(job.run(body, 2, null, new QuietSink()));
        assertEquals(earlier, Files.readString(owner));
    }

    @Test
    void aJobThatWasHandedOverAnswersAsOneThatNeverStopped() throws IOException {
        String method = "{\"name\": \"adapter\", \"kind\": \"houlsby\"}";
        String options = ", \"generate\": 16, \"metric\": \"rouge_l\"";
        ObjectNode through = request(method, "rows.jsonl", options).put("output", job.at("through"));
        JobEvent.Succeeded expected = DiskJob.succeeded(job.run(through));
        ObjectNode body = request(method, "rows.jsonl", options);
        QuietSink first = job.run(body, 1, null, new QuietSink(Interruption.HAND_OVER, 120));
        JobEvent.HandedOver over = (JobEvent.HandedOver) first.events().getLast();
        assertTrue(over.step() > 0 && over.step() < 60, "step %d".formatted(over.step()));
        CheckpointRef from = new CheckpointRef(over.step(), String.valueOf(over.uri()));
        JobEvent.Succeeded end = DiskJob.succeeded(job.run(body, 2, from, new QuietSink()));
        assertEquals(expected.metrics(), end.metrics());
        for (String file : List.of("predictions-validation.jsonl", "adapter.safetensors", "adapter_config.json")) {
            assertArrayEquals(
                    Files.readAllBytes(root.resolve("through/attempt-1").resolve(file)),
                    Files.readAllBytes(root.resolve("out/attempt-2").resolve(file)),
                    file);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/task/type|\"sequence_classification\"|training.generate is 8, but sequence_classification writes nothing; leave it out",
                "/task/train_on|\"all\"|training.generate needs rows with answers, but task.train_on is all, which tells none apart; take completion or last",
                "/data/validation|null|training.generate answers the validation rows; give data.validation",
                "/training/max_predictions|0|training.generate answers the first training.max_predictions validation rows, which is 0; give more",
                "/training/generate|0|training.metric is rouge_l, which is of answers that the model writes; give training.generate the most tokens of an answer, such as 64"
            })
    void answersThatCantBeWrittenAreRefusedAtTheDoor(String field, String value, String message) throws IOException {
        ObjectNode body = request("{\"name\": \"full\"}", "rows.jsonl", ", \"generate\": 8, \"metric\": \"rouge_l\"");
        int end = field.lastIndexOf('/');
        ((ObjectNode) body.at(field.substring(0, end))).set(field.substring(end + 1), JSON.readTree(value));
        RequestReader.Result read =
                new RequestReader(GoldenJob.allMethods(), GoldenJob.locationsAreFine()).read(body, "job");
        assertTrue(read instanceof RequestReader.Result.Invalid, read.toString());
        List<String> errors = ((RequestReader.Result.Invalid) read)
                .errors().stream().map(JobError::message).toList();
        assertTrue(errors.contains(message), errors.toString());
    }

    @Test
    void plainTextsHaveNoAnswersToCompareWith() throws IOException {
        Files.writeString(root.resolve("texts.txt"), "The soup was warm.\n\nOur train left the station.\n");
        JobEvent.Failed failed =
                DiskJob.failed(job.run(request("{\"name\": \"lora\"}", "texts.txt", ", \"generate\": 8")));
        assertEquals("training.generate", failed.error().param());
        assertTrue(
                failed.error().message().contains("plain texts, which have no answers to compare with"),
                failed.error().message());
    }

    @Test
    void rowsOfOneLanguageModelAndOneClassifierAreNotMixed() throws IOException {
        job.copy("bert-lora", "labels");
        job.copy("bert", "bert");
        DiskJob.succeeded(job.run(request("{\"name\": \"full\"}", "rows.jsonl", "")));
        assertFalse(predictions().getFirst().has("generated"));
        try (Opened opened = new Predictor(job.store(), GoldenJob.allModels(), job.config())
                .open(
                        List.of(
                                new NamedArtifact("words", job.at("out")),
                                new NamedArtifact("labels", job.at("labels"))),
                        job.at("bert"),
                        null,
                        null)) {
            String refused = String.valueOf(
                    assertThrows(JobException.class, opened::kind).getMessage());
            assertEquals(
                    "words writes texts, but others of words, labels label texts; predict with those of one kind at a time",
                    refused);
        }
    }
}
