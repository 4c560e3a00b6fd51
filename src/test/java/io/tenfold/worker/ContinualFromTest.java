package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A job goes on from an artifact that somebody else may have written: what it says is looked at before it is used. */
class ContinualFromTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void open() throws IOException {
        job = new DiskJob(root);
    }

    /** A request for one task on the rows of {@code train.tsv}. */
    private ObjectNode request(String id, String options) throws IOException {
        ObjectNode body = job.request("{'name': 'continual', %s}".formatted(options));
        body.put("id", id).put("output", job.at(id));
        if (options.contains("'from'")) {
            body.remove("model");
        }
        ObjectNode data = body.putObject("data");
        task(data, "task-" + id, "train.tsv");
        return body;
    }

    private void task(ObjectNode data, String name, String rows) {
        data.withArray("tasks")
                .addObject()
                .put("name", name)
                .put("train", job.at(rows))
                .put("validation", job.at(rows));
    }

    private JobError refused(String options) throws IOException {
        JobEvent.Failed failed = DiskJob.failed(job.run(request("two", options)));
        assertEquals(0, failed.step());
        return failed.error();
    }

    private String from(String id) {
        return "'from': 'file:%s'".formatted(root.resolve(id + "/attempt-1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "naive | \"name\" : \"task-one\" | \"name\" : \"../../../../escaped\" | a task is called ../../../../escaped; a name has at most 64",
                "expansion | \"name\" : \"task-one\" | \"name\" : \"../../../../escaped\" | a task is called ../../../../escaped; a name has at most 64",
                "naive | \"labels\" : | \"names\" : | task task-one has the labels []",
                "naive | \"validation\" : | \"valid\" : | task task-one has no validation rows",
            })
    void whatItSaysOfItsTasksIsLookedAt(String strategy, String there, String instead, String message)
            throws IOException {
        DiskJob.succeeded(job.run(request("one", "'strategy': '%s'".formatted(strategy))));
        Path file = root.resolve("one/attempt-1/continual.json");
        String history = Files.readString(file);
        assertTrue(history.contains(there), history);
        Files.writeString(file, history.replace(there, instead));
        JobError error = refused("'strategy': '%s', %s".formatted(strategy, from("one")));
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertEquals("method.from", error.param());
        assertTrue(error.message().contains(message), error.message());
    }

    @Test
    void aTaskWhoseHeadIsNotThereIsRefused() throws IOException {
        DiskJob.succeeded(job.run(request("one", "'strategy': 'naive'")));
        Path file = root.resolve("one/attempt-1/heads.json");
        Files.writeString(file, Files.readString(file).replace("task-one", "task-two"));
        JobError error = refused("'strategy': 'naive', " + from("one"));
        assertEquals("method.from", error.param());
        assertTrue(
                error.message().contains("has learnt task task-one, but heads.json has no such head for its labels"),
                error.message());
    }

    @Test
    void aTaskWhoseAdapterIsNotThereIsRefused() throws IOException {
        DiskJob.succeeded(job.run(request("one", "'strategy': 'expansion'")));
        Path adapters = root.resolve("one/attempt-1/adapters");
        Files.move(adapters.resolve("task-one"), adapters.resolve("task-two"));
        JobError error = refused("'strategy': 'expansion', " + from("one"));
        assertEquals("method.from", error.param());
        assertTrue(error.message().contains("but there is no adapters/task-one"), error.message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"'strategy': 'ewc'", "'strategy': 'replay', 'buffer_size': 10"})
    void theStateOfAnotherArtifactIsRefusedThoughItsShapesFit(String options) throws IOException {
        DiskJob.succeeded(job.run(request("one", options)));
        ObjectNode other = request("other", options);
        other.withObject("/training").put("seed", 7);
        DiskJob.succeeded(job.run(other));
        Path state = Path.of("attempt-1/continual_state.safetensors");
        Files.copy(
                root.resolve("other").resolve(state),
                root.resolve("one").resolve(state),
                StandardCopyOption.REPLACE_EXISTING);
        JobError error = refused("%s, %s".formatted(options, from("one")));
        assertEquals(ErrorCode.BAD_MODEL, error.code());
        assertEquals("method.from", error.param());
        assertTrue(error.message().contains("of another model or job; give the artifact as"), error.message());
    }

    @Test
    void aScoreThatCanNotBeToldPassesNoForgettingGate() throws IOException {
        // Every row has the same number, with which nothing correlates.
        Files.writeString(root.resolve("same.tsv"), "text\tlabel\nsome rain\t1\nmore rain\t1\nno rain\t1\n");
        ObjectNode body = request("one", "'strategy': 'naive'");
        ObjectNode data = body.putObject("data");
        task(data, "numbers", "same.tsv");
        ((ObjectNode) data.at("/tasks/0")).putObject("task").put("type", "regression");
        task(data, "classes", "train.tsv");
        body.putObject("gates").put("max_forgetting", 1);
        JobEvent.Failed failed = DiskJob.failed(job.run(body));
        assertEquals(
                ErrorCode.QUALITY_GATE, failed.error().code(), failed.error().message());
        JobEvent.Gate gate = failed.gate();
        assertNotNull(gate);
        assertEquals("gates.max_forgetting", gate.name());
        assertEquals("numbers", gate.of());
        assertTrue(Double.isNaN(gate.value()));
        assertEquals("NaN", JSON.valueToTree(gate).path("value").asText());
    }
}
