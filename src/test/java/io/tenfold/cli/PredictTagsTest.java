package io.tenfold.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.MethodRegistry;
import io.tenfold.method.full.FullMethod;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.storage.TestStores;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TagSpan;
import io.tenfold.worker.Attempt;
import io.tenfold.worker.JobRunner;
import io.tenfold.worker.Predictor;
import io.tenfold.worker.RunnerConfig;
import io.tenfold.worker.TextRows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job that learns to tag words, and {@code predict} with what it leaves. */
class PredictTagsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final ArtifactModels MODELS = new ArtifactModels(List.of(new LoraMethod()));

    @TempDir
    Path root;

    private ArtifactStore store = TestStores.files(Path.of("."));

    @BeforeEach
    void copyModelAndData() throws IOException {
        store = TestStores.files(root);
        Path model = Files.createDirectory(root.resolve("model"));
        try (Stream<Path> files = Files.list(GOLDEN.resolve("bert"))) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        List<String> lines = Files.readAllLines(GOLDEN.resolve("bert-tokens/tags.jsonl"));
        // A word that is nothing to the tokenizer, and a row that has no word at all.
        lines.add("{\"tokens\": [\"warm\", \"\\u200b\", \"bread\"], \"tags\": [\"O\", \"O\", \"B-B\"]}");
        lines.add("{\"tokens\": [], \"tags\": []}");
        Files.write(root.resolve("tags.jsonl"), lines);
    }

    private String at(String name) {
        return "file:" + root.resolve(name);
    }

    private RunnerConfig config() {
        return new RunnerConfig("cpu", 1, Optional.of(root.resolve("work")));
    }

    /** What the job said of its validation rows, row by row. */
    private List<JsonNode> train(String method) throws IOException {
        ObjectNode body = (ObjectNode)
                JSON.readTree("""
                {"id": "job", "model": "%s", "task": {"type": "token_classification"}, "method": {"name": "%s"},
                 "data": {"train": "%s", "validation": "%s"}, "output": "%s",
                 "training": {"max_steps": 30, "batch_size": 8, "learning_rate": 1e-2, "max_length": 16}}
                """.formatted(at("model"), method, at("tags.jsonl"), at("tags.jsonl"), at("out")));
        MethodRegistry methods = new MethodRegistry(List.of(new FullMethod(), new LoraMethod()));
        QuietSink sink = new QuietSink();
        new JobRunner(methods, methods, MODELS, store, config())
                .run(new Attempt("job", body, CanonicalJson.sha256(body), 1, null, "test"), sink);
        assertInstanceOf(
                JobEvent.Succeeded.class, sink.events().getLast(), sink.events().toString());
        return read(root.resolve("out/attempt-1/predictions-validation.jsonl"));
    }

    private static List<JsonNode> read(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    /** As Quarkus would make it. */
    @SuppressWarnings("UnnecessaryAssignment")
    private PredictCommand command() {
        PredictCommand command = new PredictCommand();
        command.artifacts = List.of(at("out"));
        command.predictor = new Predictor(store, MODELS, config());
        command.files = new TextRows(store);
        return command;
    }

    private List<JsonNode> predict(PredictCommand command) throws IOException {
        Path output = root.resolve("tagged.jsonl");
        command.output = output;
        assertEquals(0, command.call());
        return read(output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"full", "lora"})
    void predictTagsTheRowsOfAFileAsTheJobDid(String method) throws IOException {
        List<JsonNode> expected = train(method);
        PredictCommand command = command();
        command.input = at("tags.jsonl");
        List<JsonNode> tagged = predict(command);
        assertEquals(expected.size(), tagged.size());
        List<JsonNode> rows = read(root.resolve("tags.jsonl"));
        boolean spans = false;
        for (int row = 0; row < tagged.size(); row++) {
            JsonNode line = tagged.get(row);
            assertEquals(row, line.path("row").asInt());
            assertEquals(rows.get(row).path("tokens"), line.path("tokens"));
            assertEquals(expected.get(row).path("predicted"), line.path("labels"), line.toString());
            assertEquals(line.path("labels").size(), line.path("scores").size());
            assertSpans(line);
            spans |= !line.path("spans").isEmpty();
        }
        assertTrue(spans, "what was learnt finds something");
        JsonNode silent = tagged.get(tagged.size() - 2);
        assertTrue(
                silent.path("labels").get(1).isNull()
                        && silent.path("scores").get(1).isNull(),
                silent.toString());
    }

    /** Spans are those that seqeval finds in the tags, their words as they were given. */
    private static void assertSpans(JsonNode line) {
        List<Integer> places = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        for (int word = 0; word < line.path("labels").size(); word++) {
            if (!line.path("labels").get(word).isNull()) {
                places.add(word);
                tags.add(line.path("labels").get(word).asText());
            }
        }
        List<String> expected = TagSpan.of(tags).stream()
                .map(span -> "%s %d %d".formatted(span.type(), places.get(span.start()), places.get(span.end())))
                .toList();
        assertEquals(
                expected,
                StreamSupport.stream(line.path("spans").spliterator(), false)
                        .map(span -> "%s %d %d"
                                .formatted(
                                        span.path("type").asText(),
                                        span.path("start").asInt(),
                                        span.path("end").asInt()))
                        .toList());
        for (JsonNode span : line.path("spans")) {
            assertTrue(span.path("text")
                    .asText()
                    .startsWith(
                            line.path("tokens").get(span.path("start").asInt()).asText()));
            assertTrue(span.path("score").asDouble() > 0 && span.path("score").asDouble() <= 1);
        }
    }

    @Test
    void aFileOfWordsAloneAndATypedRowSayTheSame() throws IOException {
        train("full");
        Files.writeString(root.resolve("words.conll"), "The\nsoup\nwas\nwarm\n\nthe\noven\n");
        PredictCommand fromFile = command();
        fromFile.input = at("words.conll");
        List<JsonNode> tagged = predict(fromFile);
        PredictCommand typed = command();
        typed.texts = List.of(" The soup  was warm", "the oven");
        assertEquals(tagged, predict(typed));
        assertEquals(4, tagged.getFirst().path("labels").size());

        typed.output = null;
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            assertEquals(0, typed.call());
        } finally {
            System.setOut(before);
        }
        List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(4 + 1 + 2, lines.size(), lines.toString());
        assertEquals("", lines.get(4));
        assertTrue(
                lines.get(1)
                        .matches("soup  [01]\\.\\d{4}  "
                                + tagged.getFirst().path("labels").get(1).asText()),
                lines.get(1));
    }

    @Test
    void whatHoldsNoWordsIsRefusedByName() throws IOException {
        train("lora");
        Files.writeString(root.resolve("texts.jsonl"), "{\"text\": \"the soup was warm\"}\n");
        PredictCommand command = command();
        command.input = at("texts.jsonl");
        String missing =
                String.valueOf(assertThrows(JobException.class, command::call).getMessage());
        assertTrue(missing.contains("there is no column tokens; its columns are text"), missing);
        command.text2Column = "text2";
        String column = assertThrows(CommandProblem.class, command::call).getMessage();
        assertEquals("--text2-column names a column, but rows of words have tokens alone; leave it out", column);
    }
}
