package io.tenfold.method.domain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.data.EncodedRow;
import io.tenfold.data.TextTokenizer;
import io.tenfold.method.GoldenJob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tokens are asked about, by count, on the golden models' tokenizers. */
class MaskingTest {

    private static final String TEXT = "The train to the coast left two hours late, and a storm closed the airport; "
            + "we had soup, bread and cake at the station until the heavy rain was over in the evening.";

    private final List<TextTokenizer> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(TextTokenizer::close);
    }

    private TextTokenizer tokenizer(String model) {
        TextTokenizer tokenizer = TextTokenizer.open(GoldenJob.GOLDEN.resolve(model), model);
        opened.add(tokenizer);
        return tokenizer;
    }

    private static int[] ids(TextTokenizer tokenizer, String text) {
        EncodedRow row = tokenizer.encode(List.of(text), null, 512).getFirst();
        return row.ids();
    }

    private static Masking masking(TextTokenizer tokenizer, double share, boolean wholeWords) {
        return new Masking(tokenizer.kinds(), tokenizer.maskId(), share, wholeWords, 42);
    }

    @ParameterizedTest
    @CsvSource({"bert,true", "bert,false", "roberta,true", "roberta,false"})
    void fifteenInAHundredAreAskedAboutAndEightInTenOfTheseAreMasked(String model, boolean wholeWords) {
        TextTokenizer tokenizer = tokenizer(model);
        int[] ids = ids(tokenizer, TEXT);
        Masking masking = masking(tokenizer, 0.15, wholeWords);
        long asked = 0;
        long masked = 0;
        long same = 0;
        int steps = 3000;
        for (int step = 1; step <= steps; step++) {
            Masking.Row row = masking.of(step, 0, ids);
            asked += row.places().length;
            for (int i = 0; i < row.places().length; i++) {
                int now = row.ids()[row.places()[i]];
                masked += now == tokenizer.maskId() ? 1 : 0;
                same += now == row.words()[i] ? 1 : 0;
            }
        }
        double tokens = (double) steps * (ids.length - 2);
        assertEquals(0.15, asked / tokens, 0.01);
        assertEquals(0.8, masked / (double) asked, 0.01);
        assertEquals(0.1, same / (double) asked, 0.01);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "roberta", "distilbert"})
    void wholeWordsAreAskedAboutWhole(String model) {
        TextTokenizer tokenizer = tokenizer(model);
        int[] ids = ids(tokenizer, TEXT);
        Masking masking = masking(tokenizer, 0.3, true);
        boolean several = false;
        for (int step = 1; step <= 200; step++) {
            Set<Integer> places = Arrays.stream(masking.of(step, 3, ids).places())
                    .boxed()
                    .collect(Collectors.toCollection(TreeSet::new));
            for (int at = 2; at < ids.length - 1; at++) {
                if (tokenizer.kinds().within(ids[at]) && !tokenizer.kinds().special(ids[at - 1])) {
                    several = true;
                    assertEquals(
                            places.contains(at - 1), places.contains(at), "place %d of step %d".formatted(at, step));
                }
            }
        }
        assertTrue(several, "the text has words of several tokens");
    }

    @Test
    void specialTokensAreNeitherAskedAboutNorDrawn() {
        TextTokenizer tokenizer = tokenizer("bert");
        int[] ids = ids(tokenizer, TEXT);
        Masking masking = masking(tokenizer, 0.5, false);
        for (int step = 1; step <= 300; step++) {
            Masking.Row row = masking.of(step, 0, ids);
            for (int place : row.places()) {
                assertFalse(tokenizer.kinds().special(ids[place]));
                int now = row.ids()[place];
                assertTrue(now == tokenizer.maskId() || !tokenizer.kinds().special(now));
            }
        }
    }

    @Test
    void aRowFollowsFromSeedStepAndRowAlone() {
        TextTokenizer tokenizer = tokenizer("bert");
        int[] ids = ids(tokenizer, TEXT);
        Masking masking = masking(tokenizer, 0.15, true);
        Masking.Row row = masking.of(7, 3, ids);
        assertArrayEquals(row.ids(), masking.of(7, 3, ids).ids());
        assertEquals(row.places().length, masking.count(7, 3, ids));
        assertFalse(Arrays.equals(row.places(), masking.of(8, 3, ids).places()));
        assertFalse(Arrays.equals(row.places(), masking.of(7, 4, ids).places()));
    }

    @Test
    void aWordOfManyTokensAloneIsAskedAboutAndARowWithoutWordsIsNot() {
        TextTokenizer tokenizer = tokenizer("bert");
        Masking masking = masking(tokenizer, 0.15, true);
        int[] ids = ids(tokenizer, "sunrainy");
        assertTrue(ids.length > 3, "a word of several tokens");
        assertEquals(ids.length - 2, masking.of(1, 0, ids).places().length);
        assertEquals(0, masking.of(1, 0, ids(tokenizer, "")).places().length);
    }
}
