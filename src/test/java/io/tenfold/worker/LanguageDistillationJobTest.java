package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.train.QuietSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A decoder that learns from another, from the request to the published student. */
class LanguageDistillationJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String[][] WORDS = {
        {"The", "Our", "A"},
        {"old", "warm", "small", "late"},
        {"train", "soup", "ferry", "bread", "rain"},
        {"left", "leaves", "reached", "reaches"},
        {"the station", "the coast", "the island", "the oven"},
        {"at night.", "in an hour.", "tonight.", "ten minutes late."}
    };

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void copyModels() throws IOException {
        job = new DiskJob(root, "language/gpt2");
        job.copy("language/llama", "teacher");
        rows("many.jsonl", 600, 1);
        rows("few.jsonl", 16, 2);
        rows("others.jsonl", 60, 3);
    }

    /** Sentences of one small grammar. */
    private void rows(String file, int count, int seed) throws IOException {
        Random random = new Random(seed);
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < count; row++) {
            List<String> sentence = new ArrayList<>();
            for (String[] words : WORDS) {
                sentence.add(words[random.nextInt(words.length)]);
            }
            ObjectNode body = JSON.createObjectNode().put("prompt", sentence.getFirst());
            rows.add(body.put("completion", " " + String.join(" ", sentence.subList(1, sentence.size())))
                    .toString());
        }
        Files.write(root.resolve(file), rows);
    }

    private ObjectNode request(String method, String train, String training) throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree(
                """
                {"id": "job", "task": {"type": "causal_lm"}, "method": %s, "data": {"train": "%s", "validation": "%s"},
                 "training": {"batch_size": 8, "learning_rate": 5e-3, "dropout": 0, %s}}""".formatted(method.replace('\'', '"'), job.at(train), job.at("others.jsonl"), training));
        if (!method.contains("student_layers")) {
            body.put("model", job.at("model"));
        }
        return body.put("output", job.at("out"));
    }

    private String method(String more) {
        return "{'name': 'distillation', 'teacher': {'model': '%s'}%s}".formatted(job.at("teacher"), more);
    }

    private String tuned(String more) {
        return "{'name': 'distillation', 'teacher': {'model': '%s', 'train': {'max_steps': 5}}%s}"
                .formatted(job.at("teacher"), more);
    }

    private static JsonNode metrics(QuietSink sink) throws IOException {
        return JSON.readTree(JSON.writeValueAsString(DiskJob.succeeded(sink).metrics()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"'kl': 'forward'", "'kl': 'reverse'", "'top_k': 0"})
    void oneWhoHasReadMuchTeachesOneWhoReadsLittle(String option) throws IOException {
        ObjectNode much = request("{'name': 'full'}", "many.jsonl", "\"max_steps\": 300, \"eval_steps\": 300")
                .put("model", job.at("teacher"))
                .put("output", job.at("read"));
        DiskJob.succeeded(job.run(much));
        JsonNode metrics = metrics(job.run(request(
                "{'name': 'distillation', 'teacher': {'artifact': '%s'}, 'baseline': true, %s}"
                        .formatted(job.at("read"), option),
                "few.jsonl",
                "\"max_steps\": 200, \"eval_steps\": 20")));
        double teacher = metrics.at("/teacher/score").asDouble();
        double student = metrics.at("/student/score").asDouble();
        double alone = metrics.at("/student_alone/score").asDouble();
        assertTrue(teacher < student && student < alone, metrics.toString());
        assertEquals(metrics.path("perplexity").asDouble(), student, 1e-6 * student);
        for (String whose : List.of("teacher", "student", "student_alone")) {
            JsonNode figures = metrics.path(whose);
            assertEquals("perplexity", figures.path("metric").asText());
            assertEquals(figures.path("score"), figures.path("perplexity"));
            assertTrue(figures.path("token_accuracy").asDouble() > 0, figures.toString());
            assertTrue(figures.path("examples_per_second").asDouble() > 0, figures.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ", 'baseline': true",
                ", 'baseline': true, 'student_layers': 1, 'kl': 'reverse', 'top_k': 7",
                ", 'baseline': true, 'top_k': 0"
            })
    void aJobThatStopsInAnyStageEndsWithTheSameBytes(String more) throws IOException {
        ObjectNode straight = request(tuned(more), "few.jsonl", "\"max_steps\": 6, \"eval_steps\": 3");
        DiskJob.succeeded(job.run(straight));
        List<Long> stops = new ArrayList<>();
        for (int asked : new int[] {12, 30, 54}) {
            ObjectNode body =
                    straight.deepCopy().put("id", "stopped-" + asked).put("output", job.at("stopped-" + asked));
            QuietSink sink = new QuietSink(Interruption.HAND_OVER, asked);
            job.run(body, 1, null, sink);
            JobEvent.HandedOver stopped = (JobEvent.HandedOver) sink.events().getLast();
            stops.add(stopped.step());
            CheckpointRef from = new CheckpointRef(stopped.step(), String.valueOf(stopped.uri()));
            DiskJob.succeeded(job.run(body, 2, from, new QuietSink()));
            for (String folder : List.of("%s/attempt-%d", "%s/teacher/attempt-%d")) {
                assertArrayEquals(
                        Files.readAllBytes(job.path(folder.formatted("out", 1) + "/model.safetensors")),
                        Files.readAllBytes(job.path(folder.formatted("stopped-" + asked, 2) + "/model.safetensors")),
                        "stopped after step %d".formatted(stopped.step()));
            }
        }
        // The teacher has 5 steps, the student alone 6, the student 6.
        assertTrue(stops.getFirst() < 5 && stops.get(1) > 5 && stops.get(1) < 11, stops.toString());
        assertTrue(stops.getLast() > 11 && stops.getLast() < 17, stops.toString());
    }

    @ParameterizedTest
    @CsvSource({"llama, num_hidden_layers, LlamaForCausalLM", "gpt2, n_layer, GPT2LMHeadModel"})
    void aStudentOfADecodersLayersIsOneOfItsKind(String family, String field, String architecture) throws IOException {
        job.copy("language/" + family, "cut");
        String method = method(", 'student_layers': 1").replace("/teacher'", "/cut'");
        JsonNode metrics = metrics(job.run(request(method, "few.jsonl", "\"max_steps\": 6")));
        JsonNode config = JSON.readTree(job.path("out/attempt-1/config.json").toFile());
        assertEquals(1, config.path(field).asInt());
        assertEquals(architecture, config.at("/architectures/0").asText());
        assertTrue(metrics.at("/student/parameters").asLong()
                < metrics.at("/teacher/parameters").asLong());
        assertFalse(metrics.has("student_alone"));
    }

    @Test
    void aStudentThatIsJudgedByItsAnswersIsComparedByItsWords() throws IOException {
        ObjectNode body = request(
                method(", 'student_layers': 2"),
                "few.jsonl",
                "\"max_steps\": 2, \"generate\": 3, \"metric\": \"rouge_l\"");
        JsonNode metrics = metrics(job.run(body));
        assertTrue(metrics.has("rouge_l"), metrics.toString());
        assertEquals("perplexity", metrics.at("/teacher/metric").asText());
        assertEquals(
                metrics.path("perplexity").asDouble(),
                metrics.at("/student/score").asDouble(),
                1e-3);
    }

    @Test
    void theTaughtRaceTheUntaught() throws IOException {
        QuietSink sink = job.run(request(
                "{'name': 'compare', 'candidates': [{'name': 'full'}, %s]}".formatted(method(", 'kl': 'reverse'")),
                "few.jsonl",
                "\"max_steps\": 4"));
        JsonNode metrics = metrics(sink);
        assertTrue(metrics.path("perplexity").asDouble() > 1, metrics.toString());
        JsonNode report = JSON.readTree(job.path("out/attempt-1/report.json").toFile());
        assertEquals(2, report.path("candidates").size(), report.toString());
    }

    @Test
    void aTeacherOfOtherWordsIsRefused() throws IOException {
        Path file = job.path("teacher/tokenizer.json");
        ObjectNode tokenizer = (ObjectNode) JSON.readTree(file.toFile());
        ObjectNode words = (ObjectNode) tokenizer.at("/model/vocab");
        int first = words.path("a").intValue();
        words.set("a", words.path("b"));
        words.put("b", first);
        JSON.writeValue(file.toFile(), tokenizer);
        refused(
                "has another vocabulary than the student: the token a is number %d of the teacher's and %d of the student's"
                        .formatted(words.path("a").intValue(), first));
    }

    @Test
    void aTeacherWithALargerOutputLayerIsRefused() throws IOException {
        Path file = job.path("teacher/config.json");
        Files.writeString(file, Files.readString(file).replace("\"vocab_size\": 480", "\"vocab_size\": 512"));
        refused("has an output layer of 512 words and the student one of 480");
    }

    private void refused(String message) throws IOException {
        JobEvent.Failed failed = DiskJob.failed(job.run(request(method(""), "few.jsonl", "\"max_steps\": 2")));
        assertEquals(ErrorCode.BAD_MODEL, failed.error().code(), failed.error().message());
        assertEquals("method.teacher.model", failed.error().param());
        assertTrue(failed.error().message().contains(message), failed.error().message());
        assertEquals(0, failed.step());
    }

    @Test
    void layersOfDecodersAreNotComparedForLabelsEither() throws IOException {
        ObjectNode body = job.request(method(", 'hidden': {}"));
        JobEvent.Failed failed = DiskJob.failed(job.run(body));
        assertEquals("method.hidden", failed.error().param(), failed.error().message());
        assertTrue(
                failed.error().message().contains("compares the layers of encoders, but the model is a decoder"),
                failed.error().message());
    }
}
