package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.job.RequestReader;
import io.tenfold.method.GoldenJob;
import io.tenfold.train.QuietSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Races, from the request to the report. */
class CompareJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String THREE = """
            {'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lora', 'r': 2, 'label': 'small'},
             {'name': 'partial', 'head_only': true, 'training': {'learning_rate': 0.01}}]%s}""";
    private static final String FOUR = """
            {'name': 'compare', 'stop': 'successive_halving', 'candidates': [{'name': 'full'}, {'name': 'lora'},
             {'name': 'partial', 'head_only': true}, {'name': 'adapter', 'kind': 'ia3'}]}""";

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void open() throws Exception {
        job = new DiskJob(root);
    }

    @Test
    void everyCandidateIsTrainedScoredAndPublished() throws Exception {
        QuietSink sink = job.run(job.request(THREE.formatted(", 'seeds': 2")));
        JobEvent.Succeeded end = DiskJob.succeeded(sink);
        Set<String> stages = new LinkedHashSet<>();
        for (JobEvent event : sink.events()) {
            if (event instanceof JobEvent.Evaluated evaluated) {
                stages.add(evaluated.stage());
            }
        }
        assertEquals(
                List.of(
                        "full-1/seed-42",
                        "full-1/seed-43",
                        "small/seed-42",
                        "small/seed-43",
                        "partial-3/seed-42",
                        "partial-3/seed-43"),
                List.copyOf(stages));
        JsonNode told = JSON.valueToTree(end.metrics());
        assertEquals(3, told.path("candidates").size());
        double best = 0;
        for (JsonNode candidate : told.path("candidates")) {
            assertEquals(2, candidate.path("scores").size());
            double mean = (candidate.at("/scores/0").asDouble()
                            + candidate.at("/scores/1").asDouble())
                    / 2;
            assertEquals(mean, candidate.path("mean").asDouble(), 1e-12);
            assertTrue(candidate.at("/interval/0").asDouble() <= mean);
            assertTrue(candidate.path("seconds").asDouble() > 0);
            assertTrue(candidate.path("trainable").asLong() > 0);
            assertTrue(candidate.path("artifact_bytes").asLong() > 0);
            best = Math.max(best, mean);
        }
        assertEquals(best, told.at("/winner/mean").asDouble());
        assertEquals(
                end.metrics().get("accuracy"), max(told, told.at("/winner/name").asText()));
        assertEquals(40, told.at("/paired_test/rows").asInt());
        String winner = told.at("/winner/name").asText();
        for (String label : List.of("full-1", "small", "partial-3")) {
            Path other = root.resolve("out/candidates/" + label + "/attempt-1");
            assertEquals(!label.equals(winner), Files.exists(other.resolve("metrics.json")), label);
        }
        assertEquals(
                "lora",
                winner.equals("small")
                        ? "lora"
                        : JSON.readTree(root.resolve("out/candidates/small/attempt-1/request.json")
                                        .toFile())
                                .at("/method/name")
                                .asText());
        assertFalse(Files.exists(root.resolve("out/checkpoints/stage-1-attempt-1")), "kept stages are gone");
    }

    private static String winner(JobEvent.Succeeded end) {
        return JSON.valueToTree(end.metrics()).at("/winner/name").asText();
    }

    private static double max(JsonNode told, String label) {
        for (JsonNode candidate : told.path("candidates")) {
            if (candidate.path("name").asText().equals(label)) {
                return Math.max(
                        candidate.at("/scores/0").asDouble(),
                        candidate.at("/scores/1").asDouble());
            }
        }
        throw new AssertionError(label);
    }

    @Test
    void theReportTellsItInThreeForms() throws Exception {
        ObjectNode body = job.request(THREE.formatted(""));
        body.put("id", "<b>&job`*[x](y)|");
        String hostile = "<script>alert('1')</script>``\"|.tsv";
        Files.copy(
                root.resolve("train.tsv"),
                Files.createDirectories(root.resolve(hostile).getParent()).resolve("script>``\"|.tsv"));
        ((ObjectNode) body.path("data")).put("validation", "file:" + root.resolve(hostile));
        DiskJob.succeeded(job.run(body));
        Path out = root.resolve("out/attempt-1");
        JsonNode report = JSON.readTree(out.resolve("report.json").toFile());
        assertEquals(3, report.path("candidates").size());
        assertEquals(6, report.at("/candidates/0/runs/0/loss_curve").size());
        String card = Files.readString(out.resolve("report.md"));
        String page = Files.readString(out.resolve("report.html"));
        for (String label : List.of("full-1", "small", "partial-3")) {
            assertTrue(card.contains("| " + label), card);
            assertTrue(page.contains(">" + label + "</text>"), label);
        }
        assertTrue(page.contains("&lt;b&gt;&amp;job"), "what a stranger wrote is text");
        assertFalse(page.contains("<b>"));
        String readme = Files.readString(out.resolve("README.md"));
        for (String markdown : List.of(card, readme)) {
            assertTrue(markdown.contains("# &lt;b&gt;&amp;job\\`\\*\\[x\\](y)\\|"), markdown);
        }
        assertTrue(card.contains("```file:" + root.resolve(hostile) + "```"), card);
        assertTrue(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;``&quot;|.tsv</code>"), page);
        assertTrue(page.contains("in a paired permutation test"), page);
        assertFalse(page.contains("<script") || page.contains("http"), "nothing from elsewhere");
    }

    @Test
    void halvingStopsThoseBehindAndGoesOnWithTheOthers() throws Exception {
        QuietSink sink = job.run(job.request(FOUR));
        JsonNode told = JSON.valueToTree(DiskJob.succeeded(sink).metrics());
        assertEquals(
                List.of(0.5, 0.5, 1.0, 1.0),
                told.path("candidates")
                        .valueStream()
                        .map(candidate -> candidate.path("share_of_steps").asDouble())
                        .sorted()
                        .toList());
        long steps = sink.events().stream()
                .filter(JobEvent.Progress.class::isInstance)
                .map(JobEvent.Progress.class::cast)
                .filter(progress -> progress.stage() != null && progress.stage().endsWith("round-2"))
                .mapToLong(JobEvent.Progress::step)
                .min()
                .orElse(0);
        assertTrue(steps > 3, "the second round goes on from the first's three steps, not from " + steps);
    }

    @Test
    void aHalvedCandidateEndsWithTheBytesOfOneThatRanThrough() throws Exception {
        // Two candidates alike but for the rate: the better goes through both rounds.
        ObjectNode alone = job.request("{'name': 'full'}");
        DiskJob.succeeded(job.run(alone));
        byte[] expected = Files.readAllBytes(root.resolve("out/attempt-1/model.safetensors"));
        ObjectNode race = job.request("""
                {'name': 'compare', 'stop': 'successive_halving', 'candidates': [{'name': 'full', 'label': 'good'},
                 {'name': 'full', 'training': {'learning_rate': 1e-9}}, {'name': 'full', 'training': {'learning_rate': 2e-9}}]}""");
        race.put("output", job.at("race")).put("id", "race");
        JobEvent.Succeeded end = DiskJob.succeeded(job.run(race));
        assertEquals("good", winner(end));
        assertArrayEquals(expected, Files.readAllBytes(root.resolve("race/attempt-1/model.safetensors")));
    }

    @ParameterizedTest
    @CsvSource({"5", "14", "23", "31"})
    void aRaceThatWasHandedOverEndsWithTheSameBytes(int asked) throws Exception {
        ObjectNode through = job.request(FOUR);
        through.put("output", job.at("through"));
        JobEvent.Succeeded expected = DiskJob.succeeded(job.run(through));
        ObjectNode body = job.request(FOUR);
        QuietSink first = job.run(body, 1, null, new QuietSink(Interruption.HAND_OVER, asked));
        JobEvent.HandedOver over = (JobEvent.HandedOver) first.events().getLast();
        CheckpointRef from = over.uri() == null ? null : new CheckpointRef(over.step(), over.uri());
        JobEvent.Succeeded end = DiskJob.succeeded(job.run(body, 2, from, new QuietSink()));
        assertEquals(winner(expected), winner(end));
        assertEquals(expected.metrics().get("accuracy"), end.metrics().get("accuracy"));
        for (String file : List.of("predictions-validation.jsonl")) {
            assertArrayEquals(
                    Files.readAllBytes(root.resolve("through/attempt-1").resolve(file)),
                    Files.readAllBytes(root.resolve("out/attempt-2").resolve(file)),
                    file);
        }
    }

    @Test
    void theCheapestWithinTheMarginWins() throws Exception {
        String rule = ", 'winner': {'rule': 'cheapest_within', 'margin': 1, 'cost': 'trainable'}";
        JobEvent.Succeeded end = DiskJob.succeeded(job.run(job.request(THREE.formatted(rule))));
        JsonNode told = JSON.valueToTree(end.metrics());
        long least = told.path("candidates")
                .valueStream()
                .mapToLong(candidate -> candidate.path("trainable").asLong())
                .min()
                .orElseThrow();
        for (JsonNode candidate : told.path("candidates")) {
            if (candidate.path("name").equals(told.at("/winner/name"))) {
                assertEquals(least, candidate.path("trainable").asLong());
            }
        }
        assertEquals(
                "the least trainable among those within 1 of the best mean accuracy",
                told.at("/winner/because").asText());
    }

    @Test
    void distillationRacesWithATeacherOnAnotherBaseAndAStudentCutFromIt() throws Exception {
        job.copy("distilbert", "teacher");
        ObjectNode tuned = job.request("{'name': 'lora'}");
        tuned.put("model", job.at("teacher")).put("output", job.at("adapter")).put("id", "adapter");
        DiskJob.succeeded(job.run(tuned));
        ObjectNode body = job.request("""
                {'name': 'compare', 'seeds': 2, 'candidates': [
                 {'name': 'distillation', 'label': 'taught', 'teacher': {'artifact': '%s'}, 'baseline': true},
                 {'name': 'distillation', 'label': 'cut', 'teacher': {'model': '%s', 'train': {'learning_rate': 0.002, 'max_steps': 3}},
                  'student_layers': 1}]}""".formatted(job.at("adapter"), job.at("teacher")));
        JsonNode told = JSON.valueToTree(DiskJob.succeeded(job.run(body)).metrics());
        assertEquals(2, told.path("candidates").size());
        String winner = told.at("/winner/name").asText();
        Path cut = root.resolve(winner.equals("cut") ? "out/attempt-1" : "out/candidates/cut/attempt-1");
        assertEquals(
                "distilbert",
                JSON.readTree(cut.resolve("config.json").toFile())
                        .path("model_type")
                        .asText());
        Path taught = root.resolve(winner.equals("taught") ? "out/attempt-1" : "out/candidates/taught/attempt-1");
        JsonNode figures = JSON.readTree(taught.resolve("metrics.json").toFile());
        assertEquals(
                "bert",
                JSON.readTree(taught.resolve("config.json").toFile())
                        .path("model_type")
                        .asText());
        if (winner.equals("taught")) {
            assertTrue(figures.at("/metrics/student_alone/score").isNumber(), figures.toString());
        }
        assertTrue(
                Files.exists(root.resolve(
                        winner.equals("cut")
                                ? "out/teacher/manifest.json"
                                : "out/candidates/cut/teacher/manifest.json")),
                "a teacher that was trained is kept");
    }

    private ObjectNode tasks(String method, String... names) throws Exception {
        ObjectNode body = job.request(method);
        ObjectNode data = body.putObject("data");
        for (String name : names) {
            data.withArray("tasks")
                    .addObject()
                    .put("name", name)
                    .put("train", job.at("train.tsv"))
                    .put("validation", job.at("train.tsv"));
        }
        return body;
    }

    @Test
    void continualCandidatesKnowTheirStagesByTheirOwnNames() throws Exception {
        ObjectNode body = tasks("""
                {'name': 'compare', 'candidates': [{'name': 'continual', 'strategy': 'naive', 'label': 'naive'},
                 {'name': 'continual', 'strategy': 'ewc', 'label': 'ewc'}]}""", "one", "two");
        ((ObjectNode) body.path("data")).remove("validation");
        body.putObject("gates").put("max_forgetting", 1);
        JsonNode told = JSON.valueToTree(DiskJob.succeeded(job.run(body)).metrics());
        assertEquals(2, told.path("accuracy_matrix").size(), "a row for each task, none for the untrained base");
        assertTrue(told.path("forward_transfer").isNumber(), told.toString());
        assertTrue(told.path("forgetting_by_task").has("one"), told.toString());
    }

    @Test
    void candidatesGoOnFromAnEarlierJob() throws Exception {
        ObjectNode first = tasks("{'name': 'continual', 'strategy': 'naive'}", "one");
        first.put("output", job.at("first")).put("id", "first");
        DiskJob.succeeded(job.run(first));
        ObjectNode body = tasks("""
                {'name': 'compare', 'candidates': [{'name': 'continual', 'strategy': 'naive', 'label': 'naive', 'from': '%1$s'},
                 {'name': 'continual', 'strategy': 'lwf', 'label': 'lwf', 'from': '%1$s'}]}""".formatted(job.at("first")), "two");
        body.remove("model");
        JsonNode told = JSON.valueToTree(DiskJob.succeeded(job.run(body)).metrics());
        assertEquals(2, told.path("accuracy_matrix").size());
        assertTrue(told.path("tasks").has("one") && told.path("tasks").has("two"), told.toString());
        ObjectNode refused = tasks("""
                {'name': 'compare', 'candidates': [{'name': 'continual', 'strategy': 'naive', 'from': '%s'},
                 {'name': 'continual', 'strategy': 'naive', 'label': 'fresh'}]}""".formatted(job.at("first")), "two");
        refused.put("output", job.at("refused")).put("id", "refused");
        JobEvent.Failed end = DiskJob.failed(job.run(refused));
        assertEquals("method.candidates[1]", end.error().param());
        assertTrue(
                end.error().message().contains("candidate fresh is scored on no task of an earlier job"),
                end.error().message());
    }

    @Test
    void candidatesThatExpandGoOnFromAnEarlierJob() throws Exception {
        ObjectNode first = tasks("{'name': 'continual', 'strategy': 'expansion'}", "one");
        first.put("output", job.at("first")).put("id", "first");
        DiskJob.succeeded(job.run(first));
        ObjectNode body = tasks("""
                {'name': 'compare', 'candidates': [{'name': 'continual', 'strategy': 'expansion', 'label': 'lora', 'from': '%1$s'},
                 {'name': 'continual', 'strategy': 'expansion', 'base': {'name': 'lora', 'r': 2}, 'label': 'small', 'from': '%1$s'}]}""".formatted(job.at("first")), "two");
        body.remove("model");
        JsonNode told = JSON.valueToTree(DiskJob.succeeded(job.run(body)).metrics());
        assertEquals(2, told.path("accuracy_matrix").size());
    }

    @Test
    void aCandidateThatCantStartFailsBeforeAnyOther() throws Exception {
        job.copy("roberta", "teacher");
        QuietSink sink = job.run(job.request("""
                {'name': 'compare', 'candidates': [{'name': 'full'},
                 {'name': 'distillation', 'teacher': {'model': '%s'}}]}""".formatted(job.at("teacher"))));
        JobEvent.Failed end = DiskJob.failed(sink);
        assertEquals("method.candidates[1].teacher.model", end.error().param());
        assertTrue(
                end.error().message().contains("another vocabulary"),
                end.error().message());
        assertFalse(sink.events().stream().anyMatch(JobEvent.Progress.class::isInstance), "no step was made");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'name': 'compare'} | method.candidates | method.candidates is missing; give at least two methods",
                "{'name': 'compare', 'candidates': [{'name': 'full'}]} | method.candidates | method.candidates has 1; a race needs at least two",
                "{'name': 'compare', 'candidates': [{'name': 'lora'}, {'name': 'lora', 'r': 8}]} | method.candidates[1].name | method.candidates[1] is the same as candidate lora-1; leave one out",
                "{'name': 'compare', 'candidates': [{'name': 'lora'}, {'name': 'full', 'label': 'LORA-1'}]} | method.candidates[1].label | another candidate is called; give each a label of its own",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'compare'}]} | method.candidates[1].name | a race can't race in another",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lorra'}]} | method.candidates[1].name | did you mean lora",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lora', 'rank': 4}]} | method.candidates[1].rank | method.candidates[1].rank is not a field",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lora', 'r': 0}]} | method.candidates[1].r | method.candidates[1].r is 0",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lora', 'training': {'epoch': 4}}]} | method.candidates[1].training.epoch | candidate lora-2: training.epoch is not a field (its value is 4); did you mean epochs",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'prompt', 'kind': 'hard', 'templates': ['{text} [MASK]'], 'verbalizer': {'food': 'soup', 'travel': 'train', 'weather': 'rain'}}]} | method.candidates[1] | reads rows in a way of its own",
                "{'name': 'compare', 'candidates': [{'name': 'lora'}, {'name': 'lora', 'training': {'max_steps': 6}}]} | method.candidates[1] | trains as candidate lora-1 does; leave one out",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lora', 'training': {'seed': 4}}]} | method.candidates[1].training.seed | all candidates race with the same seed",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lora', 'training': {'max_length': 4}}]} | method.candidates[1].training.max_length | all candidates race with the same max_length",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lora'}], 'stop': 'successive_halving'} | method.stop | until two are left, and there are two; leave it out",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lora'}], 'reduction_factor': 3} | method.reduction_factor | is for stop successive_halving; leave it out",
                "{'name': 'compare', 'candidates': [{'name': 'full'}, {'name': 'lora'}], 'winner': {'margin': 0.1}} | method.winner.margin | is for rule cheapest_within; leave it out"
            })
    void theDoorRefuses(String method, String param, String words) throws Exception {
        RequestReader reader = new RequestReader(GoldenJob.allMethods(), job.store());
        if (reader.read(job.request(method), "job") instanceof RequestReader.Result.Invalid invalid) {
            assertEquals(param, invalid.errors().getFirst().param(), invalid.toString());
            assertTrue(invalid.errors().getFirst().message().contains(words), invalid.toString());
            return;
        }
        throw new AssertionError("accepted");
    }

    @Test
    void withoutValidationRowsThereIsNoRace() throws Exception {
        ObjectNode body = job.request(THREE.formatted(""));
        ((ObjectNode) body.path("data")).remove("validation");
        RequestReader reader = new RequestReader(GoldenJob.allMethods(), job.store());
        RequestReader.Result.Invalid invalid = (RequestReader.Result.Invalid) reader.read(body, "job");
        assertEquals("data.validation", invalid.errors().getFirst().param());
    }
}
