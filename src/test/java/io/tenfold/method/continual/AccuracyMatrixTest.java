package io.tenfold.method.continual;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccuracyMatrixTest {

    private static final List<String> TASKS = List.of("a", "b", "c");

    /** R as in Lopez-Paz and Ranzato 2017; worked by hand. */
    private static final AccuracyMatrix WHOLE = new AccuracyMatrix(
            TASKS,
            List.of(
                    Map.of("a", 0.8, "b", 0.5, "c", 0.3),
                    Map.of("a", 0.9, "b", 0.7, "c", 0.4),
                    Map.of("a", 0.6, "b", 0.75, "c", 0.95)),
            Map.of("a", 0.3, "b", 0.45, "c", 0.35));

    private static JsonNode tree(AccuracyMatrix matrix) {
        return new ObjectMapper().valueToTree(matrix.metrics());
    }

    private static double metric(AccuracyMatrix matrix, String name) {
        return tree(matrix).path(name).asDouble();
    }

    @Test
    void theFiguresAreThoseOfTheirPapers() {
        assertEquals((0.6 + 0.75 + 0.95) / 3, metric(WHOLE, "average_accuracy"), 1e-12);
        assertEquals(metric(WHOLE, "average_accuracy"), metric(WHOLE, "mean"));
        assertEquals((0.6 - 0.8 + 0.75 - 0.7) / 2, metric(WHOLE, "backward_transfer"), 1e-12);
        assertEquals((0.5 - 0.45 + 0.4 - 0.35) / 2, metric(WHOLE, "forward_transfer"), 1e-12);
        // Of a the best was after b; b only gained.
        assertEquals((0.9 - 0.6 + 0.7 - 0.75) / 2, metric(WHOLE, "forgetting"), 1e-12);
        JsonNode byTask = tree(WHOLE).path("forgetting_by_task");
        assertEquals(0.3, byTask.path("a").asDouble(), 1e-12);
        assertEquals(-0.05, byTask.path("b").asDouble(), 1e-12);
        assertEquals(2, byTask.size());
    }

    /** A perplexity that rises is one that is forgotten, and one that falls a gain. */
    @Test
    void ofScoresOfWhichLessIsBetterTheSignsAreTurned() {
        AccuracyMatrix words = new AccuracyMatrix(
                List.of("a", "b", "c"),
                List.of(
                        Map.of("a", 12.0, "b", 40.0, "c", 50.0),
                        Map.of("a", 10.0, "b", 8.0, "c", 30.0),
                        Map.of("a", 25.0, "b", 7.0, "c", 9.0)),
                Map.of("a", 100.0, "b", 90.0, "c", 80.0),
                true);
        assertEquals((25 + 7 + 9) / 3.0, metric(words, "mean"), 1e-12);
        assertEquals((12 - 25 + 8 - 7) / 2.0, metric(words, "backward_transfer"), 1e-12);
        assertEquals((90 - 40 + 80 - 30) / 2.0, metric(words, "forward_transfer"), 1e-12);
        JsonNode byTask = tree(words).path("forgetting_by_task");
        assertEquals(15, byTask.path("a").asDouble(), 1e-12);
        assertEquals(-1, byTask.path("b").asDouble(), 1e-12);
        assertEquals(7, metric(words, "forgetting"), 1e-12);
    }

    @Test
    void afterTheFirstTaskNothingCanBeForgotten() {
        AccuracyMatrix first = new AccuracyMatrix(TASKS, List.of(WHOLE.rows().getFirst()), WHOLE.untrained());
        assertEquals(0.8, metric(first, "mean"));
        assertEquals(Map.of(), first.metrics().get("forgetting_by_task"));
        for (String later : List.of("backward_transfer", "forward_transfer", "forgetting")) {
            assertFalse(first.metrics().containsKey(later), later);
        }
    }

    @Test
    void whatAnEarlierJobDidNotScoreIsNullInTheTableAndCountsNowhere() {
        AccuracyMatrix chained =
                new AccuracyMatrix(List.of("a", "b"), List.of(Map.of("a", 0.8), Map.of("a", 0.7, "b", 0.6)), Map.of());
        assertEquals(List.of(Arrays.asList(0.8, null), List.of(0.7, 0.6)), chained.table());
        assertEquals(0.1, metric(chained, "forgetting"), 1e-12);
        assertFalse(chained.metrics().containsKey("forward_transfer"));
    }

    @Test
    void aScoreThatCouldNotBeToldOnceIsNotTheBest() {
        AccuracyMatrix told = new AccuracyMatrix(
                TASKS,
                List.of(
                        Map.of("a", Double.NaN),
                        Map.of("a", 0.9, "b", Double.NaN),
                        Map.of("a", 0.6, "b", 0.5, "c", 0.4)),
                Map.of());
        JsonNode byTask = tree(told).path("forgetting_by_task");
        assertEquals(0.3, byTask.path("a").asDouble(), 1e-12);
        assertEquals("NaN", byTask.path("b").asText());
    }

    @Test
    void placesGoRoundTheClasses() {
        assertArrayEquals(new int[] {3, 3, 1}, ReplayBuffer.shares(new int[] {9, 4, 1}, 7));
        assertArrayEquals(new int[] {2, 1}, ReplayBuffer.shares(new int[] {2, 1}, 10));
        assertArrayEquals(new int[] {1, 1, 0}, ReplayBuffer.shares(new int[] {5, 5, 5}, 2));
    }
}
