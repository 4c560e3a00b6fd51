package io.tenfold.jobstate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.JobEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;

/** Events between their record, their row and their CloudEvent. */
final class EventJson {

    /** Events are meant to be small; what is longer than this in UTF-8 has its longest texts, lists and objects cut. */
    static final int MAX_BYTES = 400_000;

    private static final int LONGEST_TEXT = 1_000;

    /** What is left of a text (characters), a list (elements) and an object (fields). */
    private record Limits(int text, int list, int fields) {}

    private static final List<Limits> CUTS =
            List.of(new Limits(LONGEST_TEXT, 50, 500), new Limits(100, 10, 50), new Limits(50, 3, 20));

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private EventJson() {}

    /** The event's own fields as they stand in its row. */
    static String own(JobEvent event) {
        JsonNode tree = JSON.valueToTree(event);
        String text = tree.toString();
        for (Limits limits : CUTS) {
            if (fits(text)) {
                return text;
            }
            text = cut(tree, limits).toString();
        }
        return text;
    }

    private static boolean fits(String text) {
        return text.length() <= MAX_BYTES && text.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES;
    }

    /** A stored text as a tree. */
    static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a row holds what is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The envelope of a stored event, with job, number, attempt and time in its data. */
    static CloudEvent envelope(String deployment, EventRow row) {
        Instant at = Objects.requireNonNull(row.writtenAt).truncatedTo(ChronoUnit.MILLIS);
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.put("job_id", row.key.jobId());
        data.put("seq", row.key.seq());
        data.put("attempt", row.attempt);
        data.put("at", at.toString());
        parse(row.data).properties().forEach(field -> data.set(field.getKey(), field.getValue()));
        return CloudEvent.of(deployment, row.kind, row.key.jobId(), row.key.seq(), at.toString(), data);
    }

    private static JsonNode cut(JsonNode node, Limits limits) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        if (node.isTextual()) {
            return json.textNode(shortened(node.textValue(), limits.text()));
        }
        if (node.isArray()) {
            ArrayNode array = json.arrayNode();
            node.valueStream().limit(limits.list()).forEach(element -> array.add(cut(element, limits)));
            return array;
        }
        if (node.isObject()) {
            ObjectNode object = json.objectNode();
            node.properties().stream()
                    .limit(limits.fields())
                    .forEach(field -> object.set(field.getKey(), cut(field.getValue(), limits)));
            return object;
        }
        return node;
    }

    /** A text of at most {@value #LONGEST_TEXT} characters that says how much is missing. */
    static String shortened(String text) {
        return shortened(text, LONGEST_TEXT);
    }

    private static String shortened(String text, int most) {
        return text.length() <= most
                ? text
                : text.substring(0, most) + "… (%d characters more)".formatted(text.length() - most);
    }
}
