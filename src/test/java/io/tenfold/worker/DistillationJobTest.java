package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Distillation from the request to the published student. */
class DistillationJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void open() throws IOException {
        job = new DiskJob(root);
        job.copy("distilbert", "teacher");
    }

    /** @param more further options, with a comma before them */
    private ObjectNode request(String teacher, String more) throws IOException {
        ObjectNode body = job.request("{'name': 'distillation', 'teacher': %s%s}".formatted(teacher, more));
        if (more.contains("student_layers")) {
            body.remove("model");
        }
        return body;
    }

    private String teacher() {
        return "{'model': '%s'}".formatted(job.at("teacher"));
    }

    private String tuned(String more) {
        return "{'model': '%s', 'train': {'learning_rate': 0.002, 'max_steps': 5%s}}"
                .formatted(job.at("teacher"), more);
    }

    private JsonNode json(String path) throws IOException {
        return JSON.readTree(job.path(path).toFile());
    }

    @Test
    void aTeacherIsTunedTheStudentTrainedAloneAndTaughtAndAllLaidSideBySide() throws IOException {
        QuietSink sink = job.run(request(tuned(""), ", 'baseline': true, 'hidden': {}, 'relation': {}"));
        JobEvent.Succeeded end = DiskJob.succeeded(sink);
        Set<String> stages = new LinkedHashSet<>();
        sink.events().forEach(event -> {
            if (event instanceof JobEvent.Evaluated evaluated) {
                stages.add(evaluated.stage());
            }
        });
        assertEquals(List.of("teacher", "student_alone", "student"), List.copyOf(stages));
        JsonNode metrics = JSON.readTree(JSON.writeValueAsString(end.metrics()));
        for (String model : List.of("teacher", "student_alone", "student")) {
            JsonNode figures = metrics.path(model);
            assertEquals("accuracy", figures.path("metric").asText());
            assertTrue(figures.path("score").isNumber(), model);
            assertTrue(figures.path("examples_per_second").asDouble() > 0, model);
        }
        assertEquals(metrics.path("accuracy"), metrics.at("/student/score"));
        assertEquals(end.totalParameters(), metrics.at("/student/parameters").asLong());
        assertEquals(metrics.at("/student/parameters"), metrics.at("/student_alone/parameters"));
        assertEquals(
                Files.size(job.path("out/attempt-1/model.safetensors")),
                metrics.at("/student/bytes").asLong());
        assertEquals(
                Files.size(job.path("out/teacher/attempt-1/model.safetensors")),
                metrics.at("/teacher/bytes").asLong());
        assertEquals(metrics, json("out/attempt-1/metrics.json").path("metrics"));
        String card = Files.readString(job.path("out/attempt-1/README.md"));
        assertTrue(card.contains("| model | score | parameters | bytes of weights | examples per second |"), card);
        assertTrue(card.contains("| student alone | "), card);
    }

    @Test
    void theStudentAloneKnowsNothingOfATeacherThatIsTunedFirst() throws IOException {
        String teacher = "{'model': '%s', 'train': {'learning_rate': %s, 'max_steps': 5}}";
        String options = ", 'student_layers': 1, 'baseline': true";
        QuietSink one = job.run(request(teacher.formatted(job.at("teacher"), 0.002), options));
        QuietSink other = job.run(
                request(teacher.formatted(job.at("teacher"), 0.02), options).put("output", job.at("other")));
        assertEquals(measured(one, "student_alone"), measured(other, "student_alone"));
        assertNotEquals(measured(one, "student"), measured(other, "student"));
    }

    private static List<Map<String, Object>> measured(QuietSink sink, String stage) {
        return sink.events().stream()
                .filter(JobEvent.Evaluated.class::isInstance)
                .map(JobEvent.Evaluated.class::cast)
                .filter(event -> stage.equals(event.stage()))
                .map(JobEvent.Evaluated::metrics)
                .toList();
    }

    @Test
    void tagsAreDistilledFromATeacherThatIsTunedFirst() throws IOException {
        job.copy("bert-tokens", "tags");
        String tuned = "{'model': '%s', 'train': {'learning_rate': 0.002, 'max_steps': 5}}".formatted(job.at("tags"));
        ObjectNode body = request(tuned, ", 'student_layers': 1, 'baseline': true, 'hidden': {}, 'relation': {}");
        body.withObject("/task").put("type", "token_classification");
        body.withObject("/data").put("train", job.at("tags/tags.jsonl")).put("validation", job.at("tags/tags.jsonl"));
        JsonNode metrics = JSON.readTree(
                JSON.writeValueAsString(DiskJob.succeeded(job.run(body)).metrics()));
        for (String model : List.of("teacher", "student_alone", "student")) {
            assertEquals("f1", metrics.path(model).path("metric").asText());
            assertTrue(metrics.path(model).path("score").isNumber(), model);
        }
        assertEquals(metrics.path("f1"), metrics.at("/student/score"));
        assertEquals(
                "BertForTokenClassification",
                json("out/attempt-1/config.json").at("/architectures/0").asText());
    }

    @Test
    void theTunedTeacherIsPublishedAsAJobOfItsOwnWouldHaveIt() throws IOException {
        ObjectNode body = request(tuned(", 'method': {'name': 'lora', 'r': 2}"), "");
        DiskJob.succeeded(job.run(body));
        JsonNode request = json("out/teacher/attempt-1/request.json");
        assertEquals(job.at("teacher"), request.path("model").asText());
        assertEquals("lora", request.at("/method/name").asText());
        assertEquals(0.002, request.at("/training/learning_rate").asDouble());
        assertEquals(5, request.at("/training/max_steps").asInt());
        // The job of its own.
        ObjectNode alone = ((ObjectNode) request.deepCopy()).put("id", "alone").put("output", job.at("alone"));
        DiskJob.succeeded(job.run(alone));
        for (String file :
                List.of("adapter_model.safetensors", "adapter_config.json", "predictions-validation.jsonl")) {
            assertArrayEquals(
                    Files.readAllBytes(job.path("alone/attempt-1/" + file)),
                    Files.readAllBytes(job.path("out/teacher/attempt-1/" + file)),
                    file);
        }
        assertEquals(
                json("alone/attempt-1/metrics.json").path("base_fingerprint"),
                json("out/teacher/attempt-1/metrics.json").path("base_fingerprint"));
        // What was published teaches as what was tuned: an adapter, whose base is found where it says.
        ObjectNode again = request("{'artifact': '%s'}".formatted(job.at("out/teacher")), "")
                .put("id", "again")
                .put("output", job.at("again"));
        DiskJob.succeeded(job.run(again));
        assertArrayEquals(
                Files.readAllBytes(job.path("out/attempt-1/model.safetensors")),
                Files.readAllBytes(job.path("again/attempt-1/model.safetensors")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ", 'baseline': true, 'relation': {}, 'hidden': {'layer_map': 'last'}",
                ", 'baseline': true, 'student_layers': 2"
            })
    void aJobThatStopsInAnyStageEndsWithTheSameBytes(String more) throws IOException {
        ObjectNode straight = request(tuned(""), more);
        DiskJob.succeeded(job.run(straight));
        // Steps are 5, 6 and 6, with a score in the middle and at the end of each.
        for (int asked : new int[] {8, 30, 50}) {
            ObjectNode body =
                    straight.deepCopy().put("id", "stopped-" + asked).put("output", job.at("stopped-" + asked));
            QuietSink sink = new QuietSink(Interruption.HAND_OVER, asked);
            job.run(body, 1, null, sink);
            JobEvent.HandedOver stopped = (JobEvent.HandedOver) sink.events().getLast();
            CheckpointRef from = new CheckpointRef(stopped.step(), String.valueOf(stopped.uri()));
            DiskJob.succeeded(job.run(body, 2, from, new QuietSink()));
            for (String folder : List.of("%s/attempt-%d", "%s/teacher/attempt-%d")) {
                assertArrayEquals(
                        Files.readAllBytes(job.path(folder.formatted("out", 1) + "/model.safetensors")),
                        Files.readAllBytes(job.path(folder.formatted("stopped-" + asked, 2) + "/model.safetensors")),
                        "stopped after step %d".formatted(stopped.step()));
            }
        }
    }

    @Test
    void aStudentOfTheTeachersLayersIsAModelOfItsOwn() throws IOException {
        DiskJob.succeeded(job.run(request(teacher(), ", 'student_layers': 2")));
        JsonNode config = json("out/attempt-1/config.json");
        assertEquals(2, config.path("n_layers").asInt());
        assertEquals(
                "DistilBertForSequenceClassification",
                config.at("/architectures/0").asText());
        JsonNode metrics = json("out/attempt-1/metrics.json").path("metrics");
        assertTrue(metrics.at("/student/parameters").asLong()
                < metrics.at("/teacher/parameters").asLong());
        assertFalse(metrics.has("student_alone"));
    }

    @Test
    void labelsInAnotherOrderAreFoundByName() throws IOException {
        ObjectNode sorted = request(teacher(), ", 'hard_label_weight': 0, 'student_layers': 2");
        DiskJob.succeeded(job.run(sorted));
        ObjectNode turned = sorted.deepCopy().put("id", "turned").put("output", job.at("turned"));
        turned.withObject("/task").putArray("labels").add("weather").add("food").add("travel");
        DiskJob.succeeded(job.run(turned));
        JsonNode before = json("out/attempt-1/metrics.json").path("metrics");
        JsonNode after = json("turned/attempt-1/metrics.json").path("metrics");
        assertEquals(before.at("/teacher/score"), after.at("/teacher/score"));
        assertEquals(before.path("loss").asDouble(), after.path("loss").asDouble(), 1e-5);
        List<String> lines = Files.readAllLines(job.path("turned/attempt-1/predictions-validation.jsonl"));
        List<String> others = Files.readAllLines(job.path("out/attempt-1/predictions-validation.jsonl"));
        for (int i = 0; i < lines.size(); i++) {
            assertEquals(
                    JSON.readTree(others.get(i)).path("predicted"),
                    JSON.readTree(lines.get(i)).path("predicted"),
                    "row " + i);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "bert-bare | BAD_MODEL | method.teacher.model | has no trained head",
                "bert-mlm | BAD_MODEL | method.teacher.model | has no trained head",
                "bert-regression | BAD_MODEL | method.teacher.model | predicts a number, but task.type is sequence_classification",
                "roberta | BAD_MODEL | method.teacher.model | has another vocabulary than the student: the token <s> is number 0 of the teacher's and -1 of the student's",
                "bert-lora | BAD_MODEL | method.teacher.model | is an adapter on a base, and a whole model is needed here",
            })
    void aTeacherThatCanNotTeachIsRefusedBeforeTheFirstStep(String golden, ErrorCode code, String param, String message)
            throws IOException {
        job.copy(golden, "other");
        QuietSink sink = job.run(request("{'model': '%s'}".formatted(job.at("other")), ", 'baseline': true"));
        JobEvent.Failed failed = DiskJob.failed(sink);
        assertEquals(code, failed.error().code(), failed.error().message());
        assertEquals(param, failed.error().param());
        assertTrue(failed.error().message().contains(message), failed.error().message());
        assertEquals(0, failed.step());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ", 'student_layers': 4 | method.student_layers | method.student_layers is 4, but the teacher",
                ", 'hidden': {'layer_map': [0, 3]} | method.hidden.layer_map | names layer 3 of the teacher, which has 3 layers, 0 to 2",
                ", 'hidden': {'layer_map': [0]} | method.hidden.layer_map | has 1 layers, but the student has 2",
                ", 'relation': {'layer': 3} | method.relation.layer | method.relation.layer is 3, but the teacher has 3 layers, 0 to 2",
                ", 'attention': {'layer': 7} | method.attention.layer | method.attention.layer is 7, but the teacher has 3",
                ", 'relation': {'relation_heads': 5} | method.relation.relation_heads | it must divide the widths of both, 32 of the teacher and 32 of the student",
            })
    void whatTheModelsRuleOutIsRefusedBeforeTheTeacherIsTuned(String more, String param, String message)
            throws IOException {
        JobEvent.Failed failed = DiskJob.failed(job.run(request(tuned(""), more)));
        assertEquals(
                ErrorCode.BAD_REQUEST, failed.error().code(), failed.error().message());
        assertEquals(param, failed.error().param());
        assertTrue(failed.error().message().contains(message), failed.error().message());
        assertEquals(0, failed.step());
    }

    @Test
    void aTeacherOfOtherLabelsIsRefusedWithBothNamed() throws IOException {
        ObjectNode body = request(teacher(), "");
        Files.writeString(
                job.path("train.tsv"), Files.readString(job.path("train.tsv")).replace("\tfood", "\tdrink"));
        JobEvent.Failed failed = DiskJob.failed(job.run(body));
        assertEquals("method.teacher.model", failed.error().param());
        assertTrue(
                failed.error()
                        .message()
                        .contains("has the labels food, travel, weather, but the task has drink, travel, weather"),
                failed.error().message());
    }

    @Test
    void headsOfOtherNumbersNeedRelationHeads() throws IOException {
        job.copy("bert-narrow", "narrow");
        String narrow = ", 'hidden': {}, 'relation': {}";
        ObjectNode body = request(teacher(), narrow).put("model", job.at("narrow"));
        JobEvent.Failed failed = DiskJob.failed(job.run(body));
        assertEquals("method.relation.relation_heads", failed.error().param());
        assertTrue(
                failed.error().message().contains("a number that divides 32 and 16"),
                failed.error().message());
        ObjectNode attention = request(teacher(), ", 'attention': {}").put("model", job.at("narrow"));
        attention.put("id", "attention").put("output", job.at("attention"));
        failed = DiskJob.failed(job.run(attention));
        assertEquals("method.attention", failed.error().param());
        ObjectNode fits = request(teacher(), narrow.replace("'relation': {}", "'relation': {'relation_heads': 4}"))
                .put("model", job.at("narrow"));
        fits.put("id", "fits").put("output", job.at("fits"));
        DiskJob.succeeded(job.run(fits));
        String weights = Files.readString(
                job.path("fits/attempt-1/model.safetensors"), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertFalse(weights.contains("projection"), "the projection is not published");
    }
}
