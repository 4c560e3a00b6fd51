package io.tenfold.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.CanonicalJson;
import io.tenfold.job.CheckpointRef;
import io.tenfold.job.JobEvent;
import io.tenfold.method.GoldenJob;
import io.tenfold.method.MethodRegistry;
import io.tenfold.storage.TestStores;
import io.tenfold.train.QuietSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whole attempts on golden models and a store of files in one folder: from the request's JSON to published files. */
public final class DiskJob {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path root;
    private final ArtifactStore store;
    private final MethodRegistry methods = GoldenJob.allMethods();

    /** With the golden model {@code bert} as {@code model} and its rows as {@code train.tsv}. */
    public DiskJob(Path root) throws IOException {
        this(root, "bert");
    }

    /** The same with another golden model. */
    DiskJob(Path root, String model) throws IOException {
        this.root = root;
        store = TestStores.files(root);
        copy(model, "model");
        Files.copy(GoldenJob.GOLDEN.resolve("bert/curve.tsv"), root.resolve("train.tsv"));
    }

    /** Copies a golden model. */
    public void copy(String golden, String name) throws IOException {
        Path target = Files.createDirectory(root.resolve(name));
        try (Stream<Path> files = Files.list(GoldenJob.GOLDEN.resolve(golden))) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    /** A request for six steps on the rows, scored twice on them. */
    public ObjectNode request(String method) throws IOException {
        ObjectNode body = (ObjectNode) JSON.readTree("""
                {"id": "job", "task": {"type": "sequence_classification"}, "data": {}, "method": %s,
                 "training": {"max_steps": 6, "batch_size": 8, "eval_steps": 3, "learning_rate": 1e-3, "logging_steps": 1}}""".formatted(method.replace('\'', '"')));
        body.put("model", at("model")).put("output", at("out"));
        ((ObjectNode) body.path("data")).put("train", at("train.tsv")).put("validation", at("train.tsv"));
        return body;
    }

    /** The location of a file or folder. */
    public String at(String name) {
        return "file:" + root.resolve(name);
    }

    public Path path(String name) {
        return root.resolve(name);
    }

    public ArtifactStore store() {
        return store;
    }

    /** What a runner is set to. */
    RunnerConfig config() {
        return new RunnerConfig("cpu", 1, Optional.of(root.resolve("work")));
    }

    public QuietSink run(JsonNode body) {
        return run(body, 1, null, new QuietSink());
    }

    /** One attempt. */
    public QuietSink run(JsonNode body, int fence, @Nullable CheckpointRef from, QuietSink sink) {
        String id = body.path("id").asText();
        Attempt attempt = new Attempt(id, body, CanonicalJson.sha256(body), fence, from, "test");
        new JobRunner(methods, methods, GoldenJob.allModels(), store, config()).run(attempt, sink);
        return sink;
    }

    /** The event that ended a run well. */
    public static JobEvent.Succeeded succeeded(QuietSink sink) {
        if (sink.events().getLast() instanceof JobEvent.Succeeded succeeded) {
            return succeeded;
        }
        throw new AssertionError(String.valueOf(sink.events().getLast()));
    }

    /** The event that ended a run badly. */
    public static JobEvent.Failed failed(QuietSink sink) {
        if (sink.events().getLast() instanceof JobEvent.Failed failed) {
            return failed;
        }
        throw new AssertionError(String.valueOf(sink.events().getLast()));
    }
}
