package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.MethodRegistry;
import io.tenfold.method.adapter.AdapterHubOpener;
import io.tenfold.method.adapter.AdapterMethod;
import io.tenfold.method.domain.DomainMethod;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.storage.TestStores;
import io.tenfold.train.QuietSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs on two domains, from the request's JSON to published files, on a golden model and a store of files. */
class DomainJobTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final String LORA = "'kind': 'domain_adapters', 'adapter': {'name': 'lora', 'r': 2}";
    private static final String PRETRAIN = "'kind': 'pretrain', 'pretrain_steps': 4, 'pretrain_learning_rate': 1e-3";

    private static final ArtifactModels MODELS = new ArtifactModels(List.of(new AdapterHubOpener(), new LoraMethod()));

    @TempDir
    Path root;

    @BeforeEach
    void copyModelAndSplitRows() throws IOException {
        Path model = Files.createDirectory(root.resolve("model"));
        try (Stream<Path> files = Files.list(GOLDEN.resolve("bert"))) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        List<String> lines = Files.readAllLines(GOLDEN.resolve("bert/curve.tsv"));
        List<String> source = new ArrayList<>(List.of(lines.getFirst()));
        List<String> target = new ArrayList<>(List.of(lines.getFirst()));
        List<String> texts = new ArrayList<>(List.of("text"));
        int place = List.of(lines.getFirst().split("\t", -1)).indexOf("text");
        for (int row = 1; row < lines.size(); row++) {
            (row % 2 == 0 ? source : target).add(lines.get(row));
            if (row % 2 == 1) {
                texts.add(lines.get(row).split("\t", -1)[place]);
            }
        }
        Files.write(root.resolve("source.tsv"), source);
        Files.write(root.resolve("target.tsv"), target);
        Files.write(root.resolve("texts.tsv"), texts);
        Files.write(root.resolve("few.tsv"), texts.subList(0, 4));
        Files.write(root.resolve("three.tsv"), target.subList(0, 4));
    }

    /** Without a pooler, as models of masked language modelling are. */
    private void takeTheModelWithoutPooler() throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(
                    GOLDEN.resolve("bert-mlm").resolve(file),
                    root.resolve("model").resolve(file),
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private ObjectNode request(String options) throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree("""
                {'id': 'job', 'task': {'type': 'sequence_classification'}, 'method': {'name': 'domain', %s},
                 'training': {'max_steps': 6, 'batch_size': 8, 'eval_steps': 3, 'learning_rate': 1e-3, 'logging_steps': 1}}""".formatted(options).replace('\'', '"'));
        boolean labelled = options.contains("supervised") || options.contains("adapters");
        body.put("model", at("model")).put("output", at("out"));
        ObjectNode data = body.putObject("data");
        data.put("train", at("source.tsv")).put("validation", at("source.tsv"));
        data.putObject("target")
                .put("train", at(labelled ? "target.tsv" : "texts.tsv"))
                .put("validation", at("target.tsv"));
        return body;
    }

    private String at(String name) {
        return "file:" + root.resolve(name);
    }

    private static MethodRegistry methods() {
        return new MethodRegistry(
                List.of(new AdapterMethod(), new LoraMethod(), new DomainMethod(DomainJobTest::methods)));
    }

    private RunnerConfig config() {
        return new RunnerConfig("cpu", 1, Optional.of(root.resolve("work")));
    }

    private QuietSink run(JsonNode body, int fence, @Nullable CheckpointRef from, QuietSink sink) {
        Attempt attempt = new Attempt("job", body, CanonicalJson.sha256(body), fence, from, "test");
        new JobRunner(methods(), methods(), MODELS, TestStores.files(root), config()).run(attempt, sink);
        return sink;
    }

    private QuietSink run(JsonNode body) {
        return run(body, 1, null, new QuietSink());
    }

    private static JobEvent.Succeeded succeeded(QuietSink sink) {
        return assertInstance(JobEvent.Succeeded.class, sink.events().getLast());
    }

    private static JobError failure(QuietSink sink) {
        return assertInstance(JobEvent.Failed.class, sink.events().getLast()).error();
    }

    private static <E> E assertInstance(Class<E> type, JobEvent event) {
        assertTrue(type.isInstance(event), event.toString());
        return type.cast(event);
    }

    private Path artifact() {
        return root.resolve("out/attempt-1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'kind': 'source_only'",
                PRETRAIN,
                "'kind': 'dann'",
                "'kind': 'coral', 'weight': 2",
                "'kind': 'mmd'",
                "'kind': 'supervised'"
            })
    void everyKindPublishesAModelAndTheScoresOfBothDomains(String kind) throws IOException {
        JobEvent.Succeeded end = succeeded(run(request(kind)));
        Set<String> scored = new TreeSet<>(end.metrics().keySet());
        scored.removeAll(Set.of("discriminator", "pretrain"));
        assertEquals(Set.of("source", "target"), scored);
        assertEquals(kind.contains("dann"), end.metrics().containsKey("discriminator"));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            assertTrue(Files.size(artifact().resolve(file)) > 0, file);
        }
        List<String> predictions = Files.readAllLines(artifact().resolve("predictions-validation.jsonl"));
        int rows = Files.readAllLines(root.resolve("source.tsv")).size()
                + Files.readAllLines(root.resolve("target.tsv")).size()
                - 2;
        assertEquals(rows, predictions.size());
        assertEquals(
                "source", JSON.readTree(predictions.getFirst()).path("domain").asText());
        assertEquals(
                "target", JSON.readTree(predictions.getLast()).path("domain").asText());
        assertEquals(right(predictions, "target"), accuracy(end, "target"), 1e-9);
        assertEquals(right(predictions, "source"), accuracy(end, "source"), 1e-9);
        String card = Files.readString(artifact().resolve("README.md"));
        for (String domain : List.of("source", "target")) {
            String row = "| %s accuracy | %.4f |\n".formatted(domain, accuracy(end, domain));
            assertTrue(card.contains(row), card);
        }
        assertEquals(kind.contains("pretrain"), card.contains("| pretrain perplexity | "));
    }

    @Test
    void pretrainingTellsItsPerplexityAndGoesOnWithItsLastWeights() throws IOException {
        ObjectNode body = request(PRETRAIN);
        ((ObjectNode) body.path("training")).put("early_stopping_patience", 1).put("eval_steps", 1);
        QuietSink sink = run(body);
        List<JobEvent.Evaluated> told = sink.events().stream()
                .filter(event -> event instanceof JobEvent.Evaluated evaluated && "pretrain".equals(evaluated.stage()))
                .map(JobEvent.Evaluated.class::cast)
                .toList();
        assertEquals(
                List.of(1L, 2L, 3L, 4L),
                told.stream().map(JobEvent.Evaluated::step).toList());
        for (JobEvent.Evaluated evaluated : told) {
            assertEquals(Set.of("loss", "perplexity"), evaluated.metrics().keySet());
            assertEquals(
                    Math.exp(number(evaluated.metrics(), "loss")), number(evaluated.metrics(), "perplexity"), 1e-6);
        }
        assertTrue(number(told.getLast().metrics(), "loss")
                < number(told.getFirst().metrics(), "loss"));
        assertEquals(told.getLast().metrics(), succeeded(sink).metrics().get("pretrain"));
    }

    /** What a stage draws, the next one finds in the files; it is no more the method's for that. */
    @ParameterizedTest
    @ValueSource(strings = {PRETRAIN, "'kind': 'supervised'", "'kind': 'dann'"})
    void aPoolerThatTheCheckpointLacksIsNotCountedAsTheMethods(String kind) throws IOException {
        takeTheModelWithoutPooler();
        JobEvent.Succeeded plain = succeeded(run(request("'kind': 'source_only'")));
        JobEvent.Succeeded end = succeeded(run(request(kind).put("output", at("other"))));
        assertEquals(plain.methodParameters(), end.methodParameters());
        assertEquals(32 * 32 + 32 + 32 * 3 + 3, plain.trainableParameters() - plain.methodParameters());
    }

    private static double right(List<String> predictions, String domain) throws IOException {
        int rows = 0;
        int right = 0;
        for (String line : predictions) {
            JsonNode row = JSON.readTree(line);
            if (row.path("domain").asText().equals(domain)) {
                rows++;
                right += row.path("label").equals(row.path("predicted")) ? 1 : 0;
            }
        }
        return right / (double) rows;
    }

    private static double number(@Nullable Object metrics, String name) {
        return assertInstanceOf(
                        Double.class, assertInstanceOf(Map.class, metrics).get(name))
                .doubleValue();
    }

    private static double accuracy(JobEvent.Succeeded end, String domain) {
        return number(end.metrics().get(domain), "accuracy");
    }

    @Test
    void theTargetChoosesTheBestStep() throws IOException {
        QuietSink sink = run(request("'kind': 'dann'"));
        double best = -1;
        long step = 0;
        for (JobEvent event : sink.events()) {
            if (event instanceof JobEvent.Evaluated evaluated) {
                double score = number(evaluated.metrics().get("target"), "accuracy");
                if (score > best) {
                    best = score;
                    step = evaluated.step();
                }
            }
        }
        assertEquals(step, succeeded(sink).bestStep());
        assertEquals(best, accuracy(succeeded(sink), "target"), 1e-12);
    }

    @Test
    void theTargetsGateIsJudged() throws IOException {
        ObjectNode body = request("'kind': 'source_only'");
        body.putObject("gates").put("min_metric", 1.01);
        assertEquals(ErrorCode.QUALITY_GATE, failure(run(body)).code());
    }

    /** After so many checkpoints a job stops: in its first stage, between the two, in its second. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'kind': 'dann' | model.safetensors | 1",
                "'kind': 'mmd' | model.safetensors | 2",
                PRETRAIN + " | model.safetensors | 1",
                PRETRAIN + " | model.safetensors | 2",
                PRETRAIN + " | model.safetensors | 3",
                "'kind': 'supervised' | model.safetensors | 1",
                "'kind': 'supervised' | model.safetensors | 4",
                LORA + " | adapters/target/adapter_model.safetensors | 1",
                LORA + " | adapters/target/adapter_model.safetensors | 3",
                LORA + " | adapters/target/adapter_model.safetensors | 4"
            })
    void aResumptionInAnyStageEndsWithTheSameBytes(String options, String file, int checkpoints) throws IOException {
        ObjectNode body = request(options);
        ((ObjectNode) body.path("training")).put("save_steps", 2);
        JobEvent.HandedOver handed = assertInstance(
                JobEvent.HandedOver.class,
                run(body, 1, null, QuietSink.handingOverAfter(checkpoints))
                        .events()
                        .getLast());
        CheckpointRef from = new CheckpointRef(handed.step(), String.valueOf(handed.uri()));
        JobEvent.Succeeded resumed = succeeded(run(body, 2, from, new QuietSink()));
        ObjectNode straight = body.deepCopy().put("output", at("straight"));
        JobEvent.Succeeded whole = succeeded(run(straight));
        assertArrayEquals(
                Files.readAllBytes(root.resolve("straight/attempt-1").resolve(file)),
                Files.readAllBytes(root.resolve("out/attempt-2").resolve(file)));
        assertArrayEquals(
                Files.readAllBytes(root.resolve("straight/attempt-1/predictions-validation.jsonl")),
                Files.readAllBytes(root.resolve("out/attempt-2/predictions-validation.jsonl")));
        assertEquals(JSON.writeValueAsString(whole.metrics()), JSON.writeValueAsString(resumed.metrics()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {LORA + " | adapter_model.safetensors", "'kind': 'domain_adapters' | adapter.safetensors"})
    void eachDomainHasItsOwnAdapterUnderOneHead(String options, String weights) throws IOException {
        QuietSink sink = run(request(options));
        JobEvent.Succeeded end = succeeded(sink);
        assertEquals(Set.of("source", "target"), end.metrics().keySet());
        for (String domain : List.of("source", "target")) {
            assertTrue(Files.exists(artifact().resolve("adapters/%s/%s".formatted(domain, weights))), domain);
        }
        assertFalse(Files.exists(artifact().resolve("shared_head.safetensors")));
        assertEquals(
                List.of("source", "target"),
                sink.events().stream()
                        .filter(JobEvent.Evaluated.class::isInstance)
                        .map(event -> String.valueOf(((JobEvent.Evaluated) event).stage()))
                        .distinct()
                        .toList());
        List<String> predictions = Files.readAllLines(artifact().resolve("predictions-validation.jsonl"));
        for (String domain : List.of("source", "target")) {
            assertEquals(right(predictions, domain), accuracy(end, domain), 1e-9);
            assertLogitsOfThePublishedAdapter(domain, predictions);
        }
    }

    /** Opened as a user would, a domain's adapter gives the logits that the job wrote. */
    private void assertLogitsOfThePublishedAdapter(String domain, List<String> predictions) throws IOException {
        Predictor predictor = new Predictor(TestStores.files(root), MODELS, config());
        try (Opened opened = predictor.open(List.of(new Predictor.NamedArtifact("a", at("out"))), null, null, domain)) {
            List<String> lines = Files.readAllLines(root.resolve(domain + ".tsv"));
            List<String> header = List.of(lines.getFirst().split("\t", -1));
            List<Predictor.TextRow> rows = lines.stream()
                    .skip(1)
                    .map(line -> new Predictor.TextRow(line.split("\t", -1)[header.indexOf("text")], null, null))
                    .toList();
            List<Predictor.Prediction> said = opened.predict(rows);
            for (String line : predictions) {
                JsonNode row = JSON.readTree(line);
                if (row.path("domain").asText().equals(domain)) {
                    Predictor.Prediction own = said.get(row.path("row").asInt());
                    assertEquals(row.path("predicted").asText(), own.label());
                    for (int i = 0; i < own.logits().length; i++) {
                        assertEquals(row.path("logits").path(i).asDouble(), own.logits()[i], 1e-5);
                    }
                }
            }
        }
    }

    @Test
    void theHeadStaysAsTheFirstDomainTrainedIt() throws IOException {
        run(request("'kind': 'domain_adapters'"));
        assertArrayEquals(
                Files.readAllBytes(artifact().resolve("adapters/source/model_head.safetensors")),
                Files.readAllBytes(artifact().resolve("adapters/target/model_head.safetensors")));
        assertFalse(java.util.Arrays.equals(
                Files.readAllBytes(artifact().resolve("adapters/source/adapter.safetensors")),
                Files.readAllBytes(artifact().resolve("adapters/target/adapter.safetensors"))));
    }

    @Test
    void severalDomainsMayBeGivenAsTasks() throws IOException {
        ObjectNode body = request("'kind': 'domain_adapters'");
        ObjectNode data = body.putObject("data");
        for (String name : List.of("source", "target")) {
            data.withArray("tasks")
                    .addObject()
                    .put("name", "of-" + name)
                    .put("train", at(name + ".tsv"))
                    .put("validation", at(name + ".tsv"));
        }
        JobEvent.Succeeded end = succeeded(run(body));
        Map<?, ?> tasks = assertInstanceOf(Map.class, end.metrics().get("tasks"));
        assertEquals(Set.of("of-source", "of-target"), tasks.keySet());
        double sum = 0;
        for (Object each : tasks.values()) {
            sum += number(each, "accuracy");
        }
        assertEquals(sum / 2, number(end.metrics(), "mean"), 1e-12);
        assertTrue(Files.exists(artifact().resolve("adapters/of-target/adapter.safetensors")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'kind': 'dann' | few.tsv | data.target.train | has 3 rows, but each step takes a batch of different ones",
                "'kind': 'mmd' | few.tsv | data.target.train | give at least 8",
                "'kind': 'pretrain' | few.tsv | data.target.train | give at least 8",
                "'kind': 'supervised' | three.tsv | data.target.train | has 3 rows, but kind supervised goes on with",
                "'kind': 'domain_adapters' | three.tsv | data.target.train | has 3 rows, but each domain's weights",
                "'kind': 'supervised' | texts.tsv | data.target.columns.label | name the one that is meant",
                "'kind': 'domain_adapters' | texts.tsv | data.target.columns.label | there is no column label",
            })
    void aTargetThatCannotBeLearnedFromIsRefusedWithTheWayOut(String options, String file, String param, String words)
            throws IOException {
        ObjectNode body = request(options);
        ((ObjectNode) body.at("/data/target")).put("train", at(file));
        refusedBeforeTheFirstStep(body, param, words);
    }

    private void refusedBeforeTheFirstStep(JsonNode body, String param, String words) {
        QuietSink sink = run(body);
        JobError error = failure(sink);
        assertEquals(ErrorCode.BAD_DATA, error.code(), error.message());
        assertTrue(error.message().contains(words), error.message());
        assertEquals(param, error.param(), error.message());
        assertTrue(sink.events().stream().noneMatch(JobEvent.Progress.class::isInstance), "nothing was trained");
    }

    private static ObjectNode ofTasks(ObjectNode body, String first, String second) {
        ObjectNode data = body.putObject("data");
        for (String file : List.of(first, second)) {
            data.withArray("tasks")
                    .addObject()
                    .put("name", file.substring(file.lastIndexOf('/') + 1, file.lastIndexOf('.')))
                    .put("train", file)
                    .put("validation", file);
        }
        return body;
    }

    @Test
    void aDomainWithOtherLabelsIsRefusedBeforeTheFirstIsTrained() throws IOException {
        List<String> other = new ArrayList<>(Files.readAllLines(root.resolve("target.tsv")));
        int label = List.of(other.getFirst().split("\t", -1)).indexOf("label");
        String[] last = other.getLast().split("\t", -1);
        last[label] = "unheard";
        other.set(other.size() - 1, String.join("\t", last));
        Files.write(root.resolve("other.tsv"), other);
        refusedBeforeTheFirstStep(
                ofTasks(request("'kind': 'domain_adapters'"), at("source.tsv"), at("other.tsv")),
                "data.tasks[1].train",
                "and domains share one head; name all of them in task.labels");
    }

    @Test
    void aMeanOfWhatIsNotDefinedIsNull() throws IOException {
        for (String name : List.of("source", "target")) {
            List<String> lines = new ArrayList<>(List.of("text\tlabel"));
            for (int row = 0; row < 12; row++) {
                lines.add("the soup was warm %d\t%s".formatted(row, name.equals("source") ? row : 1));
            }
            Files.write(root.resolve(name + "-scores.tsv"), lines);
        }
        ObjectNode body =
                ofTasks(request("'kind': 'domain_adapters'"), at("source-scores.tsv"), at("target-scores.tsv"));
        body.putObject("task").put("type", "regression");
        JobEvent.Succeeded end = succeeded(run(body));
        assertTrue(end.metrics().containsKey("mean"));
        assertNull(end.metrics().get("mean"));
    }

    @Test
    void aSourceWithoutLabelsIsRefused() throws IOException {
        ObjectNode body = request("'kind': 'dann'");
        ((ObjectNode) body.path("data")).put("train", at("texts.tsv"));
        JobError error = failure(run(body));
        assertEquals(ErrorCode.BAD_DATA, error.code());
        assertTrue(error.message().contains("label"), error.message());
    }
}
