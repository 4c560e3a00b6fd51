package io.tenfold.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Scores of tags are seqeval's. */
class TagMetricsTest {

    @Test
    void scoresOfRandomTagsAreSeqevals() throws IOException {
        JsonNode cases = new ObjectMapper()
                .readTree(Path.of("src/test/resources/golden/metrics/tags.json").toFile())
                .path("cases");
        assertEquals(72, cases.size());
        for (JsonNode one : cases) {
            List<String> names = texts(one.path("tags"));
            TagMetrics metrics = new TagMetrics(names);
            for (int row = 0; row < one.path("actual").size(); row++) {
                metrics.add(
                        ids(names, one.path("actual").get(row)),
                        ids(names, one.path("predicted").get(row)));
            }
            Map<String, Object> values = metrics.values();
            for (String name : List.of("f1", "precision", "recall", "accuracy")) {
                double ours = values.get(name) instanceof Double value ? value : Double.NaN;
                assertEquals(one.path(name).doubleValue(), ours, 1e-12, name + " of " + one);
            }
        }
    }

    @Test
    void spansAreWhatTheTagsSpellOut() {
        assertEquals(
                List.of(new TagSpan("PER", 0, 1), new TagSpan("LOC", 3, 3), new TagSpan("LOC", 4, 5)),
                TagSpan.of(List.of("B-PER", "I-PER", "O", "I-LOC", "B-LOC", "I-LOC")));
        assertEquals(List.of(new TagSpan("N", 0, 1), new TagSpan("B", 2, 2)), TagSpan.of(List.of("NN", "NN", "VB")));
        assertEquals(List.of(), TagSpan.of(List.of()));
    }

    @Test
    void withoutSpansAndWordsEveryScoreIsZero() {
        TagMetrics metrics = new TagMetrics(List.of("O", "B-X"));
        metrics.add(new int[0], new int[0]);
        metrics.values().forEach((name, value) -> assertEquals(0.0, value, name));
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static int[] ids(List<String> names, JsonNode tags) {
        return texts(tags).stream().mapToInt(names::indexOf).toArray();
    }
}
