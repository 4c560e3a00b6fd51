package io.tenfold.train.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Our scores of texts are those of sacrebleu and rouge_score; {@code text_metrics_golden.py} wrote what they say. */
class TextMetricsTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/text/metrics.json");

    /** For the last digits: we add up in another order. */
    private static final double TOLERANCE = 1e-9;

    @Test
    void everySetOfPairsHasTheReferencesScores() throws IOException {
        JsonNode golden = new ObjectMapper().readTree(GOLDEN.toFile());
        assertTrue(golden.path("sets").size() > 70);
        for (JsonNode set : golden.path("sets")) {
            TextMetrics metrics = new TextMetrics();
            for (JsonNode row : set.path("rows")) {
                JsonNode pair = golden.path("pairs").path(row.intValue());
                metrics.add(pair.path(0).textValue(), pair.path(1).textValue());
            }
            Map<String, Double> values = metrics.values();
            assertEquals(4, values.size());
            values.forEach((name, value) -> assertEquals(
                    set.path(name).doubleValue(), value, TOLERANCE, name + " of rows " + set.path("rows")));
        }
    }

    @Test
    void marksBecomeWordsAndNumbersStayWhole() {
        assertEquals(
                List.of(
                        "3.14",
                        ",",
                        "1,000",
                        ",",
                        "U",
                        ".",
                        "S",
                        ".",
                        "2024",
                        "-",
                        "11",
                        "-",
                        "05",
                        "don't",
                        "half-done"),
                Bleu.words("3.14, 1,000, U.S. 2024-11-05 don't half-done \n"));
        assertEquals(
                List.of("<", "b", ">", "a", "&", "b", "(", "c", ")"), Bleu.words("&lt;b&gt;a &amp; b<skipped> (c)"));
    }

    @Test
    void noRowHasNoScore() {
        assertThrows(IllegalStateException.class, () -> new TextMetrics().values());
    }

    @Test
    void wordScoresAddUp() {
        WordScores scores = WordScores.NONE.plus(new WordScores(3, 2, 1)).plus(new WordScores(1, 6, 4));
        assertEquals(0.5, scores.loss());
        assertEquals(Math.exp(0.5), scores.perplexity());
        assertEquals(0.625, scores.tokenAccuracy());
        assertThrows(IllegalStateException.class, WordScores.NONE::loss);
        assertThrows(IllegalStateException.class, WordScores.NONE::tokenAccuracy);
    }
}
