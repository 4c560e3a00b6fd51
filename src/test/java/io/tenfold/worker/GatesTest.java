package io.tenfold.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobEvent;
import io.tenfold.job.RequestReader;
import io.tenfold.method.GoldenJob;
import io.tenfold.train.QuietSink;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What fails a gate is kept and not published. */
class GatesTest {

    @TempDir
    Path root;

    private DiskJob job;

    @BeforeEach
    void open() throws Exception {
        job = new DiskJob(root);
    }

    private ObjectNode request(String method, String gates) throws Exception {
        ObjectNode body = job.request(method);
        body.set("gates", new com.fasterxml.jackson.databind.ObjectMapper().readTree(gates.replace('\'', '"')));
        return body;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'min_metric': 1.01} | gates.min_metric | accuracy | 1.01 | at least",
                "{'min_metric': {'accuracy': 0, 'f1_macro': 1.5}} | gates.min_metric | f1_macro | 1.5 | at least",
                "{'max_artifact_bytes': 1000} | gates.max_artifact_bytes | artifact_bytes | 1000 | at most"
            })
    void anArtifactThatFailsIsKeptAsEvidence(String gates, String name, String of, double limit, String words)
            throws Exception {
        JobEvent.Failed end = DiskJob.failed(job.run(request("{'name': 'lora'}", gates)));
        assertEquals(ErrorCode.QUALITY_GATE, end.error().code());
        assertEquals(name, end.error().param());
        JobEvent.Gate gate = end.gate();
        assertNotNull(gate);
        assertEquals(name, gate.name());
        assertEquals(of, gate.of());
        assertEquals(limit, gate.limit());
        assertTrue(end.error().message().contains(words), end.error().message());
        assertEquals(job.at("out") + "/evidence/attempt-1", end.evidenceUri());
        assertTrue(Files.exists(root.resolve("out/evidence/attempt-1/adapter_model.safetensors")));
        assertFalse(Files.exists(root.resolve("out/manifest.json")), "nothing is published");
        assertNotNull(end.metrics());
    }

    @Test
    void whatPassesIsPublished() throws Exception {
        String gates = "{'min_metric': 0, 'max_seconds': 600, 'max_artifact_bytes': 100000000}";
        DiskJob.succeeded(job.run(request("{'name': 'lora'}", gates)));
        assertFalse(Files.exists(root.resolve("out/evidence")));
    }

    @ParameterizedTest
    @CsvSource({"full", "lora", "adapter"})
    void whoScoresNoBetterThanTheEarlierOneIsNotPublished(String method) throws Exception {
        ObjectNode first = job.request("{'name': '%s'}".formatted(method));
        first.put("output", job.at("first")).put("id", "first");
        JobEvent.Succeeded earlier = DiskJob.succeeded(job.run(first));
        JobEvent.Failed end = DiskJob.failed(
                job.run(request("{'name': '%s'}".formatted(method), "{'must_beat': '%s'}".formatted(job.at("first")))));
        JobEvent.Gate gate = end.gate();
        assertNotNull(gate);
        assertEquals("gates.must_beat", gate.name());
        assertEquals(earlier.metrics().get("accuracy"), gate.limit(), "scored again on the same rows it is the same");
        assertEquals(gate.limit(), gate.value());
        assertTrue(
                end.error().message().contains("the gate asks for more than"),
                end.error().message());
    }

    @Test
    void whoBeatsTheEarlierOneIsPublishedThoughItsLabelsStandInAnotherOrder() throws Exception {
        ObjectNode first = job.request("{'name': 'partial', 'head_only': true}");
        first.put("output", job.at("first")).put("id", "first");
        first.withObject("/training").put("learning_rate", 1e-9).put("max_steps", 1);
        first.withObject("/task")
                .putArray("labels")
                .add("weather")
                .add("travel")
                .add("food");
        JobEvent.Succeeded earlier = DiskJob.succeeded(job.run(first));
        ObjectNode second = request("{'name': 'full'}", "{'must_beat': '%s'}".formatted(job.at("first")));
        second.withObject("/training").put("max_steps", 40).put("eval_steps", 40);
        JobEvent.Succeeded end = DiskJob.succeeded(job.run(second));
        assertTrue(accuracy(end) > accuracy(earlier));
    }

    private static double accuracy(JobEvent.Succeeded end) {
        return end.metrics().get("accuracy") instanceof Double value ? value : Double.NaN;
    }

    @Test
    void aRivalThatIsNotThereFailsBeforeTheFirstStep() throws Exception {
        JobEvent.Failed end =
                DiskJob.failed(job.run(request("{'name': 'lora'}", "{'must_beat': '%s'}".formatted(job.at("none")))));
        assertEquals(ErrorCode.BAD_MODEL, end.error().code());
        assertEquals(0, end.step());
    }

    @Test
    void aRivalWithOtherLabelsFailsBeforeTheFirstStep() throws Exception {
        ObjectNode first = job.request("{'name': 'lora'}");
        Files.writeString(
                root.resolve("other.tsv"),
                Files.readString(root.resolve("train.tsv")).replace("food", "meals"));
        first.put("output", job.at("first")).put("id", "first");
        ((ObjectNode) first.path("data")).put("train", job.at("other.tsv")).put("validation", job.at("other.tsv"));
        DiskJob.succeeded(job.run(first));
        QuietSink sink = job.run(request("{'name': 'lora'}", "{'must_beat': '%s'}".formatted(job.at("first"))));
        JobEvent.Failed end = DiskJob.failed(sink);
        assertEquals("gates.must_beat", end.error().param());
        assertTrue(
                end.error().message().contains("whose labels are"), end.error().message());
        assertFalse(sink.events().stream().anyMatch(JobEvent.Progress.class::isInstance), "no step was made");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'min_metric': {'pearson': 0.5}} | gates.min_metric | gates.min_metric.pearson is pearson; it must be one of accuracy",
                "{'min_metric': {'loss': 0.5}} | gates.min_metric | is a least value, but of loss less is better",
                "{'min_metric': 'high'} | gates.min_metric | it must be a number",
                "{'max_seconds': 0} | gates.max_seconds | gates.max_seconds is 0",
                "{'max_artifact_bytes': 1.5} | gates.max_artifact_bytes | a whole number from 1",
                "{'max_forgetting': 0.1} | gates.max_forgetting | has no earlier tasks to forget",
                "{'must_win': 1} | gates.must_win | gates.must_win is not a field"
            })
    void theDoorRefuses(String gates, String param, String words) throws Exception {
        RequestReader reader = new RequestReader(GoldenJob.allMethods(), job.store());
        if (reader.read(request("{'name': 'lora'}", gates), "job") instanceof RequestReader.Result.Invalid invalid) {
            assertEquals(param, invalid.errors().getFirst().param(), invalid.toString());
            assertTrue(invalid.errors().getFirst().message().contains(words), invalid.toString());
            return;
        }
        throw new AssertionError("accepted");
    }

    @Test
    void aGateOnScoresNeedsValidationRows() throws Exception {
        ObjectNode body = request("{'name': 'lora'}", "{'min_metric': 0.5}");
        ((ObjectNode) body.path("data")).remove("validation");
        RequestReader reader = new RequestReader(GoldenJob.allMethods(), job.store());
        RequestReader.Result.Invalid invalid = (RequestReader.Result.Invalid) reader.read(body, "job");
        assertEquals(
                "gates.min_metric needs scores; give data.validation",
                invalid.errors().getFirst().message());
    }
}
