package io.tenfold.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.EventRecord;
import io.tenfold.job.JobError;
import io.tenfold.job.JobEvent;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every event that the code can write is described, field by field, and nothing else is. */
class EventSchemaTest {

    private static final String SHA = "0f".repeat(32);
    private static final JobError ERROR = new JobError(ErrorCode.BAD_DATA, "row 3 has no label", "data.train");
    private static final JobError BARE_ERROR = new JobError(ErrorCode.INTERNAL, "a mistake of ours", null);

    private static final JobEvent.Spent SPENT = new JobEvent.Spent(93.5, 0.056_1, "EUR");

    /** Every kind with all its fields. */
    static List<JobEvent> complete() {
        return List.of(
                new JobEvent.Accepted(SHA, 3),
                new JobEvent.Rejected(List.of(ERROR, BARE_ERROR)),
                new JobEvent.Started("cpu", "fp32", 0, "worker-1"),
                new JobEvent.DataReport(
                        Map.of("train", JsonNodeFactory.instance.objectNode().put("rows", 10))),
                new JobEvent.Progress("tune", 10, 100, 0.3, 10, 0.7, 1e-4, 1.5, 80, 2_000, 42, 1L << 30),
                new JobEvent.Evaluated("tune", 10, "validation", Map.of("accuracy", 0.9)),
                new JobEvent.Checkpoint("tune", 10, "s3://artifacts/a/checkpoints/step-10-attempt-1", 1_000, 0.2),
                new JobEvent.HandedOver(10, "s3://artifacts/a/checkpoints/step-10-attempt-1"),
                new JobEvent.Paused(10, "s3://artifacts/a/checkpoints/step-10-attempt-1"),
                new JobEvent.Succeeded(
                        "s3://artifacts/a/attempt-1",
                        SHA,
                        1_000,
                        296_450,
                        294_912,
                        109_778_690,
                        Map.of("accuracy", 0.9),
                        100,
                        80,
                        Map.of("training", 10.0, "total", 12.0),
                        1L << 30,
                        SPENT),
                new JobEvent.Failed(
                        ERROR,
                        30,
                        "s3://artifacts/a/checkpoints/step-30-attempt-1",
                        new JobEvent.Gate("gates.min_metric", "accuracy", 0.81, 0.9),
                        "s3://artifacts/a/evidence/attempt-1",
                        Map.of("accuracy", 0.81),
                        SPENT),
                new JobEvent.Cancelled(10, "s3://artifacts/a/checkpoints/step-10-attempt-1", SPENT));
    }

    /** Those kinds that have fields to leave out, without them. */
    static List<JobEvent> sparse() {
        return List.of(
                new JobEvent.Progress(null, 10, 100, 0.3, 10, 0.7, 1e-4, 1.5, 80, 2_000, 42, 1L << 30),
                new JobEvent.Evaluated(null, 10, "validation", Map.of()),
                new JobEvent.Checkpoint(null, 10, "file:out/checkpoints/step-10-attempt-1", 1_000, 0.2),
                new JobEvent.HandedOver(0, null),
                new JobEvent.Paused(0, null),
                new JobEvent.Succeeded(
                        "s3://artifacts/a/attempt-1", SHA, 1, 1, 1, 1, Map.of(), 1, 80, Map.of("total", 12.0), 1),
                new JobEvent.Failed(BARE_ERROR, 0, null),
                new JobEvent.Cancelled(0, null));
    }

    static Stream<JobEvent> all() {
        return Stream.concat(complete().stream(), sparse().stream());
    }

    @Test
    void everyKindIsTriedAndHasASchema() {
        var kinds = complete().stream().map(JobEvent::kind).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(JobEvent.class.getPermittedSubclasses().length, kinds.size());
        var files = fileNames().stream()
                .map(name -> name.replace(".schema.json", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(kinds, files);
    }

    @ParameterizedTest
    @MethodSource("all")
    void anEventOnTheTopicIsValid(JobEvent event) {
        assertEquals(List.of(), Contract.errors("event.schema.json", envelope(event, data(event))));
    }

    @ParameterizedTest
    @MethodSource("complete")
    void theFieldsOfTheRecordAreTheFieldsOfTheSchema(JobEvent event) {
        JsonNode schema = Contract.file("events/%s.schema.json".formatted(event.kind()));
        assertEquals(Contract.names(data(event)), Contract.names(schema.path("properties")));
    }

    @ParameterizedTest
    @MethodSource("complete")
    void aFieldThatTheRecordDoesNotHaveIsRefused(JobEvent event) {
        ObjectNode data = data(event);
        data.put("surprise", 1);
        assertFalse(Contract.errors("event.schema.json", envelope(event, data)).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("sparse")
    void everyFieldThatIsAlwaysThereIsDemanded(JobEvent event) {
        JsonNode schema = Contract.file("events/%s.schema.json".formatted(event.kind()));
        for (JsonNode name : schema.path("required")) {
            ObjectNode data = data(event);
            data.remove(name.textValue());
            assertFalse(
                    Contract.errors("event.schema.json", envelope(event, data)).isEmpty(), name.textValue());
        }
        assertEquals(Contract.names(data(event)).size(), schema.path("required").size());
    }

    @Test
    void everyErrorCodeIsKnown() {
        JsonNode known = Contract.file("events/failed.schema.json").at("/$defs/error/properties/code/enum");
        var codes = Arrays.stream(ErrorCode.values()).map(ErrorCode::wire).toList();
        assertEquals(codes, known.valueStream().map(JsonNode::textValue).toList());
    }

    private static List<String> fileNames() {
        String[] names = Contract.FOLDER.resolve("events").toFile().list();
        return names == null ? List.of() : List.of(names);
    }

    private static ObjectNode data(JobEvent event) {
        return Contract.JSON.valueToTree(
                new EventRecord("job-1", 7, 1, Instant.parse("2026-03-01T12:00:00.123Z"), event));
    }

    private static JsonNode envelope(JobEvent event, JsonNode data) {
        return Contract.JSON.valueToTree(
                CloudEvent.of("production", event.kind(), "job-1", 7, "2026-03-01T12:00:00.123Z", data));
    }
}
