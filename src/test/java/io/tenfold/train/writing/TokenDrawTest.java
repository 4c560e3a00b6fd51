package io.tenfold.train.writing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokens are drawn by the probabilities of Transformers' logits warpers; {@code sampling_golden.py} wrote what they are. */
class TokenDrawTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/text/sampling.json");
    private static final double TOLERANCE = 1e-6;
    private static final int DRAWS = 200_000;

    @Test
    void probabilitiesAreTheReferencesAndTheSameTokensAreCut() throws IOException {
        JsonNode golden = new ObjectMapper().readTree(GOLDEN.toFile());
        assertEquals(60, golden.path("settings").size());
        for (JsonNode setting : golden.path("settings")) {
            TokenDraw draw = new TokenDraw(sampling(
                    setting.path("temperature").doubleValue(),
                    setting.path("top_k").intValue(),
                    setting.path("top_p").doubleValue()));
            for (int row = 0; row < golden.path("logits").size(); row++) {
                double[] ours = draw.probabilities(floats(golden.path("logits").path(row)));
                JsonNode theirs = setting.path("probabilities").path(row);
                String where = "row %d, %s %s %s"
                        .formatted(row, setting.path("temperature"), setting.path("top_k"), setting.path("top_p"));
                for (int id = 0; id < ours.length; id++) {
                    assertEquals(theirs.path(id).doubleValue() > 0, ours[id] > 0, where + ", token " + id);
                    assertEquals(theirs.path(id).doubleValue(), ours[id], TOLERANCE, where + ", token " + id);
                }
            }
        }
    }

    private static float[] floats(JsonNode numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = numbers.path(i).floatValue();
        }
        return floats;
    }

    @Test
    void drawsFollowTheProbabilities() {
        float[] logits = {1, 0, 2, -1, 0.5f};
        TokenDraw draw = new TokenDraw(sampling(1.3, 4, 0.95));
        double[] expected = draw.probabilities(logits);
        SplittableRandom random = new SplittableRandom(5);
        double[] seen = new double[logits.length];
        for (int i = 0; i < DRAWS; i++) {
            seen[draw.token(logits, random.nextDouble())] += 1.0 / DRAWS;
        }
        assertEquals(0, seen[3]);
        assertArrayEquals(expected, seen, 0.005);
        assertEquals(4, draw.token(logits, Math.nextDown(1.0)));
        assertEquals(0, draw.token(logits, 0));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 0, 1, maxNewTokens is 0",
        "1, -0.5, 0, 1, temperature is -0.5",
        "1, 1e-9, 0, 1, temperature is 1.0E-9",
        "1, NaN, 0, 1, temperature is NaN",
        "1, 1, -1, 1, topK is -1",
        "1, 1, 0, 0, topP is 0",
        "1, 1, 0, 1.1, topP is 1.1"
    })
    void whatMakesNoSenseIsRefusedWithItsValue(int most, double temperature, int topK, double topP, String message) {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> new Sampling(most, temperature, topK, topP, 0, List.of(), Set.of()));
        assertTrue(String.valueOf(e.getMessage()).startsWith(message), e.getMessage());
    }

    @Test
    void emptyStopStringsAndNegativeEndTokensAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Sampling(1, 0, 0, 1, 0, List.of("a", ""), Set.of()));
        assertThrows(IllegalArgumentException.class, () -> Sampling.greedy(1, Set.of(3, -1)));
    }

    private static Sampling sampling(double temperature, int topK, double topP) {
        return new Sampling(1, temperature, topK, topP, 0, List.of(), Set.of());
    }
}
