package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Interruption;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobException;
import io.tenfold.method.GoldenJob;
import io.tenfold.method.MethodRegistry;
import io.tenfold.method.adapter.AdapterMethod;
import io.tenfold.method.full.FullMethod;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.method.partial.PartialMethod;
import io.tenfold.storage.TestStores;
import io.tenfold.train.QuietSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole attempt, from the request's JSON to published files, on a golden model and a store of files. */
class JobRunnerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    Path root;

    private ArtifactStore store = TestStores.files(Path.of("."));

    @BeforeEach
    void copyTheModel() throws IOException {
        store = TestStores.files(root);
        copy("bert", "model");
        Files.copy(GOLDEN.resolve("bert/curve.tsv"), root.resolve("train.tsv"));
    }

    private void copy(String golden, String name) throws IOException {
        Path target = Files.createDirectory(root.resolve(name));
        try (Stream<Path> files = Files.list(GOLDEN.resolve(golden))) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    private ObjectNode request(String method) throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree("""
                {"id": "job", "task": {"type": "sequence_classification"}, "data": {}, "method": %s,
                 "training": {"max_steps": 6, "batch_size": 8, "eval_steps": 3, "learning_rate": 1e-3, "logging_steps": 1}}""".formatted(method));
        body.put("model", at("model")).put("output", at("out"));
        ((ObjectNode) body.path("data")).put("train", at("train.tsv")).put("validation", at("train.tsv"));
        return body;
    }

    private String at(String name) {
        return "file:" + root.resolve(name);
    }

    private QuietSink run(JsonNode body, int fence, @Nullable CheckpointRef from, QuietSink sink) {
        return run("job", body, fence, from, sink);
    }

    private QuietSink run(String id, JsonNode body, int fence, @Nullable CheckpointRef from, QuietSink sink) {
        MethodRegistry methods = new MethodRegistry(
                List.of(new AdapterMethod(), new FullMethod(), new LoraMethod(), new PartialMethod()));
        RunnerConfig config = new RunnerConfig("cpu", 1, Optional.of(root.resolve("work")));
        Attempt attempt = new Attempt(id, body, CanonicalJson.sha256(body), fence, from, "test");
        new JobRunner(methods, methods, GoldenJob.allModels(), store, config).run(attempt, sink);
        return sink;
    }

    private QuietSink run(JsonNode body) {
        return run(body, 1, null, new QuietSink());
    }

    private static JobError failure(QuietSink sink) {
        return ((JobEvent.Failed) sink.events().getLast()).error();
    }

    @ParameterizedTest
    @CsvSource({
        "full,model.safetensors,transformers",
        "lora,adapter_model.safetensors,peft",
        "adapter,model_head.safetensors,adapter-transformers",
        "partial,model.safetensors,transformers"
    })
    void aRequestBecomesAnArtifactWithEverythingBesideIt(String method, String weights, String library)
            throws IOException {
        String options = method.equals("partial") ? ", \"head_only\": true" : "";
        QuietSink sink = run(request("{\"name\": \"%s\"%s}".formatted(method, options)));
        assertEquals(
                List.of("started", "data_report"),
                sink.events().stream().limit(2).map(JobEvent::kind).toList());
        JobEvent.Succeeded end = (JobEvent.Succeeded) sink.events().getLast();
        assertEquals(at("out") + "/attempt-1", end.artifactUri());
        for (String file :
                List.of(weights, "predictions-validation.jsonl", "metrics.json", "request.json", "README.md")) {
            assertTrue(Files.size(root.resolve("out/attempt-1").resolve(file)) > 0, file);
        }
        String card = Files.readString(root.resolve("out/attempt-1/README.md"));
        assertTrue(card.contains("library_name: %s\n".formatted(library)), card);
        assertTrue(card.contains("Tuned from `%s` with `%s` on".formatted(at("model"), method)), card);
        assertTrue(Files.exists(root.resolve("out/manifest.json")));
        assertEquals(
                2,
                sink.events().stream()
                        .filter(e -> e instanceof JobEvent.Evaluated)
                        .count());
        assertEquals(end.artifactBytes(), size(root.resolve("out/attempt-1")));
        try (Stream<Path> left = Files.list(root.resolve("work"))) {
            assertEquals(List.of(root.resolve("work/.lock")), left.toList(), "the work folder is empty again");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'extract': {'from': '%s', 'rank': 2} | Extracted from `%s`, for `",
                "'merge_adapters': {'adapters': ['%s']} | Merged from `%s`, for `"
            })
    void theCardSaysWhereAnUntrainedAdapterComesFrom(String options, String words) throws IOException {
        ObjectNode first = request(words.startsWith("Merged") ? "{\"name\": \"lora\"}" : "{\"name\": \"full\"}");
        first.put("output", at("first"));
        assertEquals("succeeded", run(first).events().getLast().kind());
        String made = at("first");
        QuietSink sink = run(request(("{'name': 'lora', " + options.formatted(made) + "}").replace('\'', '"')));
        assertEquals("succeeded", sink.events().getLast().kind());
        String card = Files.readString(root.resolve("out/attempt-1/README.md"));
        assertTrue(card.contains(words.formatted(made)), card);
        assertTrue(!card.contains("Tuned from"), card);
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    void anAttemptAfterThePublicationAdoptsTheArtifact() throws IOException {
        JsonNode body = request("{\"name\": \"lora\"}");
        JobEvent.Succeeded first = (JobEvent.Succeeded) run(body).events().getLast();
        QuietSink again = run(body, 2, null, new QuietSink());
        JobEvent.Succeeded second = (JobEvent.Succeeded) again.events().getLast();
        assertEquals(1, again.events().size(), "nothing is trained again");
        assertEquals(first.artifactUri(), second.artifactUri());
        assertEquals(first.manifestSha256(), second.manifestSha256());
        assertEquals(first.metrics().get("accuracy"), second.metrics().get("accuracy"));
    }

    @Test
    void anOutputOfAnotherJobIsRefusedBeforeTheFirstStep() throws IOException {
        run(request("{\"name\": \"lora\"}"));
        QuietSink sink = run(request("{\"name\": \"lora\", \"r\": 4}"), 1, null, new QuietSink());
        assertEquals(ErrorCode.CONFLICT, failure(sink).code());
        assertEquals("output", failure(sink).param());
        assertEquals(1, sink.events().size());
    }

    @Test
    void anOutputThatAnotherJobStillTrainsForIsRefusedBeforeTheFirstStep() throws IOException {
        ObjectNode body = request("{\"name\": \"lora\"}");
        run(body, 1, null, new QuietSink(Interruption.HAND_OVER, 6));
        ObjectNode other = body.deepCopy().put("id", "other");
        QuietSink sink = run("other", other, 1, null, new QuietSink());
        assertEquals(ErrorCode.CONFLICT, failure(sink).code());
        assertTrue(failure(sink).message().contains("of job job"), failure(sink).message());
        assertEquals(1, sink.events().size());
        run(body, 2, null, new QuietSink(Interruption.CANCEL, 0));
        assertEquals(
                "succeeded",
                run("other", other, 1, null, new QuietSink()).events().getLast().kind());
    }

    @Test
    void aCancelLeavesACheckpointAndAResumptionGoesOn() throws IOException {
        JsonNode body = request("{\"name\": \"full\"}");
        QuietSink stopped = run(body, 1, null, new QuietSink(Interruption.HAND_OVER, 6));
        JobEvent.HandedOver handed = (JobEvent.HandedOver) stopped.events().getLast();
        assertTrue(handed.step() > 0 && handed.step() < 6, "stopped at " + handed.step());
        CheckpointRef from = new CheckpointRef(handed.step(), String.valueOf(handed.uri()));
        QuietSink resumed = run(body, 2, from, new QuietSink());
        assertEquals(handed.step(), ((JobEvent.Started) resumed.events().getFirst()).resumedFromStep());
        assertEquals("succeeded", resumed.events().getLast().kind());
        byte[] interrupted = Files.readAllBytes(root.resolve("out/attempt-2/model.safetensors"));

        ObjectNode straight = (ObjectNode) body.deepCopy();
        straight.put("output", at("straight"));
        run(straight);
        assertTrue(java.util.Arrays.equals(
                interrupted, Files.readAllBytes(root.resolve("straight/attempt-1/model.safetensors"))));
    }

    @Test
    void aStepIsSavedOnceThoughTheJobStopsRightAfter() throws IOException {
        ObjectNode body = request("{\"name\": \"lora\"}");
        ((ObjectNode) body.path("training")).put("save_steps", 1);
        QuietSink stopped = run(body, 1, null, new QuietSink(Interruption.HAND_OVER, 6));
        JobEvent.HandedOver handed = (JobEvent.HandedOver) stopped.events().getLast();
        assertEquals(handed.step(), checkpoints(stopped));
        CheckpointRef from = new CheckpointRef(handed.step(), String.valueOf(handed.uri()));
        QuietSink again = run(body, 2, from, new QuietSink(Interruption.PAUSE, 4));
        assertEquals(
                new JobEvent.Paused(from.step(), from.uri()), again.events().getLast());
        assertEquals(0, checkpoints(again));
    }

    @ParameterizedTest
    @CsvSource({"checkpoints/step-4-,4", "attempt-1/model.safetensors,3"})
    void aFailureTellsTheCheckpointThatIsGood(String unstored, long step) throws IOException {
        ObjectNode body = request("{\"name\": \"full\"}");
        ((ObjectNode) body.path("training")).put("save_steps", step == 4 ? 2 : 3);
        ArtifactStore whole = store;
        store = (ArtifactStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ArtifactStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("put")
                            && String.valueOf(arguments[0]).contains(unstored)) {
                        throw new JobException(ErrorCode.UNAVAILABLE, "output", "the store does not answer");
                    }
                    return method.invoke(whole, arguments);
                });
        JobEvent.Failed end = (JobEvent.Failed) run(body).events().getLast();
        assertEquals(ErrorCode.UNAVAILABLE, end.error().code());
        assertEquals(step, end.step());
        assertEquals(at("out") + "/checkpoints/step-%d-attempt-1".formatted(step == 4 ? 2 : 3), end.checkpointUri());
    }

    @Test
    void aCancelIsHeardWhileTheDataIsRead() throws IOException {
        ObjectNode body = request("{\"name\": \"lora\"}");
        QuietSink tokenizing = run(body, 1, null, new QuietSink(Interruption.CANCEL, 1));
        assertEquals(
                List.of("started", "cancelled"),
                tokenizing.events().stream().map(JobEvent::kind).toList());
    }

    @Test
    void aDiskThatFailsIsToldAsTheMachinesWithTheSettingAndWhatIsFree() throws IOException {
        QuietSink sink = new QuietSink() {
            @Override
            public void emit(JobEvent event) {
                if (event instanceof JobEvent.DataReport) {
                    throw new UncheckedIOException(new IOException("No space left on device"));
                }
                super.emit(event);
            }
        };
        JobError error = failure(run(request("{\"name\": \"lora\"}"), 1, null, sink));
        assertEquals(ErrorCode.OUT_OF_RESOURCES, error.code());
        assertEquals("tenfold.work-dir", error.param());
        assertTrue(error.message().contains("bytes are free in " + root.resolve("work")), error.message());
    }

    private static long checkpoints(QuietSink sink) {
        return sink.events().stream()
                .filter(JobEvent.Checkpoint.class::isInstance)
                .count();
    }

    @Test
    void aDamagedCheckpointIsPassedOverForAnEarlierOneThenForTheBeginning() throws IOException {
        ObjectNode body = request("{\"name\": \"lora\"}");
        ((ObjectNode) body.path("training")).put("save_steps", 1);
        QuietSink stopped = run(body, 1, null, new QuietSink(Interruption.HAND_OVER, 8));
        JobEvent.HandedOver handed = (JobEvent.HandedOver) stopped.events().getLast();
        CheckpointRef from = new CheckpointRef(handed.step(), String.valueOf(handed.uri()));
        damage(from.step());
        QuietSink earlier = run(body, 2, from, new QuietSink(Interruption.HAND_OVER, 0));
        assertEquals(from.step() - 1, started(earlier).resumedFromStep());
        damage(from.step() - 1);
        QuietSink anew = run(body, 3, from, new QuietSink());
        assertEquals(0, started(anew).resumedFromStep());
        assertEquals("succeeded", anew.events().getLast().kind());
    }

    private void damage(long step) throws IOException {
        Files.writeString(root.resolve("out/checkpoints/step-%d-attempt-1/state.json".formatted(step)), "{}");
    }

    private static JobEvent.Started started(QuietSink sink) {
        return (JobEvent.Started) sink.events().getFirst();
    }

    @Test
    void aCancelBeforeTheFirstStepEndsWithoutACheckpoint() throws IOException {
        QuietSink sink = run(request("{\"name\": \"lora\"}"), 1, null, new QuietSink(Interruption.CANCEL, 0));
        JobEvent.Cancelled end = (JobEvent.Cancelled) sink.events().getLast();
        assertEquals(0, end.step());
        assertEquals(null, end.checkpointUri());
    }

    @Test
    void timeThatRunsOutIsADeadlineWithTheStep() throws IOException {
        ObjectNode body = request("{\"name\": \"lora\"}");
        body.put("max_seconds", 1);
        ((ObjectNode) body.path("training")).put("max_steps", 1_000_000);
        assertEquals(ErrorCode.DEADLINE, failure(run(body)).code());
    }

    @Test
    void targetModulesThatMatchNothingNameWhatWouldMatch() throws IOException {
        JobError error = failure(run(request("{\"name\": \"lora\", \"target_modules\": [\"qeury\"]}")));
        assertEquals("method.target_modules", error.param());
        assertTrue(error.message().contains("did you mean query?"), error.message());
        assertTrue(error.message().contains("value"), error.message());
    }

    @Test
    void aRankLargerThanTheMatrixIsRefused() throws IOException {
        JobError error = failure(run(request("{\"name\": \"lora\", \"r\": 33}")));
        assertEquals("method.r", error.param());
        assertTrue(error.message().contains("33"), error.message());
    }

    @Test
    void anAdapterIsExtractedFromTheArtifactOfAnEarlierJob() throws IOException {
        run(request("{\"name\": \"full\"}"));
        ObjectNode body =
                request("{\"name\": \"lora\", \"extract\": {\"from\": \"%s\", \"energy\": 0.9}}".formatted(at("out")));
        QuietSink sink = run(body.put("output", at("extracted")));
        assertEquals(
                List.of("started", "data_report", "evaluated", "succeeded"),
                sink.events().stream().map(JobEvent::kind).toList());
        JobEvent.Succeeded end = (JobEvent.Succeeded) sink.events().getLast();
        assertEquals(0, end.trainableParameters());
        assertEquals(0, end.bestStep());
        assertNotNull(end.metrics().get("accuracy"));
        Path artifact = root.resolve("extracted/attempt-1");
        assertTrue(Files.size(artifact.resolve("adapter_model.safetensors")) > 0);
        assertTrue(Files.size(artifact.resolve("predictions-validation.jsonl")) > 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "full | 'extract': {'from': '%s'} | method.extract.from",
                "lora | 'merge_adapters': {'adapters': ['%s']} | method.merge_adapters.adapters[0]"
            })
    void anArtifactOfAnotherBaseOfTheSameSizesIsRefused(String method, String options, String param)
            throws IOException {
        copy("bert-regression", "other");
        ObjectNode first = request("{\"name\": \"%s\"}".formatted(method));
        assertEquals(
                "succeeded",
                run(first.put("output", at("first"))).events().getLast().kind());
        ObjectNode second = request("{\"name\": \"lora\", %s}"
                .formatted(options.formatted(at("first")).replace('\'', '"')));
        JobError error = failure(run(second.put("model", at("other"))));
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertEquals(param, error.param());
        assertEquals(
                "%s was made for another base than %s: it has the same sizes, but other weights; give the model that it was made for as model"
                        .formatted(at("first"), at("other")),
                error.message());
    }

    @Test
    void aModelToExtractFromThatIsNotThereIsNamed() throws IOException {
        JsonNode body =
                request("{\"name\": \"lora\", \"extract\": {\"from\": \"%s\", \"rank\": 2}}".formatted(at("nothing")));
        JobError error = failure(run(body));
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertEquals("method.extract.from", error.param());
    }

    @Test
    void anUnknownModelTypeIsRefusedWithTheKnownOnes() throws IOException {
        Path config = root.resolve("model/config.json");
        ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
        json.put("model_type", "gpt_bigcode");
        JSON.writeValue(config.toFile(), json);
        JobError error = failure(run(request("{\"name\": \"full\"}")));
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertTrue(error.message().contains("bert"), error.message());
    }

    @Test
    void pickledWeightsAreRefusedByNameWithTheWayToConvertThem() throws IOException {
        Files.move(root.resolve("model/model.safetensors"), root.resolve("model/pytorch_model.bin"));
        JobError error = failure(run(request("{\"name\": \"full\"}")));
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertTrue(error.message().contains("safe_serialization"), error.message());
    }

    @Test
    void aModelOrFileThatIsNotThereIsNamed() throws IOException {
        ObjectNode body = request("{\"name\": \"full\"}");
        body.put("model", at("nowhere"));
        JobError model = failure(run(body));
        assertEquals(ErrorCode.BAD_MODEL, model.code());
        assertEquals("model", model.param());

        ObjectNode other = request("{\"name\": \"full\"}");
        ((ObjectNode) other.path("data")).put("train", at("missing.tsv"));
        JobError data = failure(run(other));
        assertEquals(ErrorCode.BAD_DATA, data.code());
        assertEquals("data.train", data.param());
        assertTrue(data.message().contains("missing.tsv"), data.message());
    }

    @Test
    void aLabelThatIsNotDeclaredIsNamedWithItsLine() throws IOException {
        ObjectNode body = request("{\"name\": \"full\"}");
        ((ObjectNode) body.path("task")).putArray("labels").add("food").add("travel");
        JobError error = failure(run(body));
        assertEquals(ErrorCode.BAD_DATA, error.code());
        assertTrue(error.message().contains("weather") && error.message().contains("food"), error.message());
    }

    @Test
    void latinBytesAreRefused() throws IOException {
        Files.write(
                root.resolve("train.tsv"), "text\tlabel\ncaf\u00e9\ta\nx\tb\n".getBytes(StandardCharsets.ISO_8859_1));
        JobError error = failure(run(request("{\"name\": \"full\"}")));
        assertEquals(ErrorCode.BAD_DATA, error.code());
        assertTrue(error.message().contains("line 2"), error.message());
    }

    @Test
    void aLossThatIsNoNumberFailsAtItsStepWithRateAndCheckpoint() throws IOException {
        ObjectNode body = request("{\"name\": \"full\"}");
        ObjectNode training = (ObjectNode) body.path("training");
        training.put("learning_rate", 10)
                .put("max_grad_norm", 0)
                .put("weight_decay", 1)
                .put("max_steps", 400);
        training.put("warmup_ratio", 0)
                .put("save_steps", 1)
                .put("lr_scheduler", "constant")
                .put("eval_steps", 400);
        JobEvent.Failed end = (JobEvent.Failed) run(body).events().getLast();
        assertEquals("training.learning_rate", end.error().param());
        assertTrue(
                end.error().message().contains("learning rate 10.0"),
                end.error().message());
        assertTrue(end.step() > 1, "failed at step " + end.step());
        assertNotNull(end.checkpointUri());
        assertTrue(
                end.error().message().contains(String.valueOf(end.checkpointUri())),
                end.error().message());
        assertFalse(end.error().retryable());
    }
}
