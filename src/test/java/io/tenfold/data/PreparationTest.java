package io.tenfold.data;

import static io.tenfold.data.Files4Tests.PAIR;
import static io.tenfold.data.Files4Tests.TEXT_AND_LABEL;
import static io.tenfold.data.Files4Tests.file;
import static io.tenfold.data.Files4Tests.golden;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.TrainingOptions.TooLong;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PreparationTest {

    private static final Targets FOUND = new Targets.Classes(List.of());

    @TempDir
    Path folder;

    private final TextTokenizer tokenizer = TextTokenizer.open(golden("bert"), "bert");

    @AfterAll
    void close() {
        tokenizer.close();
    }

    @Test
    void namesLeftOutAreTheSortedSetOfTheTrainingFile() {
        TokenizedSet set = train("text\tlabel\na\tzebra\nb\tant\nc\tzebra\n", FOUND);
        assertEquals(new Targets.Classes(List.of("ant", "zebra")), set.targets());
        assertArrayEquals(new int[] {1, 0, 1}, labels(set));
        assertEquals(Map.of("ant", 1L, "zebra", 2L), set.report().labels());
    }

    @Test
    void aLabelColumnWithNearlyAsManyValuesAsRowsIsRefused() {
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 60; i++) {
            rows.append("row\tid-").append(i).append('\n');
        }
        JobException refused = assertThrows(JobException.class, () -> train(rows.toString(), FOUND));
        assertTrue(String.valueOf(refused.getMessage()).contains("60 different values in 60 rows"));
        List<String> named = IntStream.range(0, 60).mapToObj(i -> "id-" + i).toList();
        assertEquals(60, train(rows.toString(), new Targets.Classes(named)).size());
    }

    @Test
    void longTextsAreEncodedAFewAtATimeAndNoneIsLost() {
        String text = "the lamp is broken ".repeat(20_000);
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 7; i++) {
            rows.append(text).append('\t').append(i % 2).append('\n');
        }
        TokenizedSet set = train(rows.toString(), FOUND);
        assertEquals(7, set.size());
        assertEquals(7, set.report().truncated());
        assertArrayEquals(new int[] {0, 1, 0, 1, 0, 1, 0}, labels(set));
    }

    @Test
    void numbersFoundAreSortedAsNumbersSoThatTheyAreTheirOwnIds() {
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 11; i >= 0; i--) {
            rows.append("row\t").append(i).append('\n');
        }
        TokenizedSet set = train(rows.toString(), FOUND);
        assertArrayEquals(IntStream.iterate(11, i -> i - 1).limit(12).toArray(), labels(set));
    }

    @Test
    void namesGivenDecideTheIds() {
        TokenizedSet set = train("text\tlabel\na\tneg\nb\tpos\n", new Targets.Classes(List.of("pos", "neg", "none")));
        assertArrayEquals(new int[] {1, 0}, labels(set));
        assertEquals(List.of("pos", "neg", "none"), List.copyOf(labelCounts(set).keySet()));
        assertEquals(0L, labelCounts(set).get("none"));
    }

    @Test
    void aNumericColumnMeansPlacesInTheNames() {
        TokenizedSet set = train("text\tlabel\na\t0\nb\t1.0\nc\tpos\n", new Targets.Classes(List.of("neg", "pos")));
        assertArrayEquals(new int[] {0, 1, 1}, labels(set));
    }

    @Test
    void namesThatAreNumbersAreNamesNotPlaces() {
        Targets stars = new Targets.Classes(List.of("1", "2", "3"));
        assertArrayEquals(new int[] {0, 2}, labels(train("text\tlabel\na\t1\nb\t3\n", stars)));
        assertRefused("label \"0\" is not one of 1, 2, 3", "text\tlabel\na\t1\nb\t0\n", stars);
    }

    @Test
    void anUnknownLabelIsRefusedWithFileLineValueAndTheKnownOnes() {
        Targets names = new Targets.Classes(List.of("negative", "positive"));
        assertRefused(
                "s3://data/train.tsv, line 3: label \"positiv\" is not one of negative, positive; did you mean positive?",
                "text\tlabel\na\tnegative\nb\tpositiv\n",
                names);
        assertRefused("line 2: label \"2\" is not one of negative, positive", "text\tlabel\na\t2\n", names);
        assertRefused("line 2: label \"-1\" is not one of", "text\tlabel\na\t-1\n", names);
        assertRefused("line 2: label \"0.5\" is not one of", "text\tlabel\na\t0.5\n", names);
        assertRefused("line 2: the label is empty", "text\tlabel\na\t\n", FOUND);
    }

    @Test
    void aFileOfOneClassIsRefusedForTrainingButScored() {
        assertRefused(
                "all 2 rows have the label x; classification needs rows of at least two",
                "text\tlabel\na\tx\nb\tx\n",
                FOUND);
        DataFile one = file(folder, "dev.tsv", "text\tlabel\na\tx\nb\tx\n");
        TokenizedSet set = preparation(16, TooLong.TRUNCATE)
                .evaluation(one, TEXT_AND_LABEL, new Targets.Classes(List.of("w", "x")));
        assertArrayEquals(new int[] {1, 1}, labels(set));
    }

    @Test
    void scoresAreFiniteNumbers() {
        TokenizedSet set = train("text\tlabel\na\t3.8\nb\t-1e-2\nc\t 5 \n", new Targets.Numbers());
        assertEquals(3.8f, set.score(0));
        assertEquals(-0.01f, set.score(1));
        assertEquals(5f, set.score(2));
        assertNull(set.report().labels());
        for (String bad : List.of("NaN", "inf", "1e999", "1e99999999999", "3,5", "", "five", "0x1p3")) {
            assertRefused(
                    "line 2: score \"%s\" is not a finite number".formatted(bad),
                    "text\tlabel\na\t" + bad + "\n",
                    new Targets.Numbers());
        }
    }

    @Test
    void tooLongRowsAreCutDroppedOrRefused() {
        String rows = "text\tlabel\nThe bread was fresh.\tx\nsun\ty\nsun\tx\n";
        DataFile tsv = file(folder, "long.tsv", rows);
        TokenizedSet cut = preparation(6, TooLong.TRUNCATE).training(tsv, TEXT_AND_LABEL, FOUND);
        assertEquals(3, cut.size());
        assertEquals(1, cut.report().truncated());
        assertEquals(6, cut.ids(0).length);
        TokenizedSet dropped = preparation(6, TooLong.DROP).training(tsv, TEXT_AND_LABEL, FOUND);
        assertEquals(2, dropped.size());
        assertEquals(1, dropped.report().dropped());
        assertEquals(3, dropped.line(0));
        JobException refused = assertThrows(
                JobException.class, () -> preparation(6, TooLong.FAIL).training(tsv, TEXT_AND_LABEL, FOUND));
        assertEquals(
                "s3://data/long.tsv, line 2: the row has 7 tokens, max_length is 6; raise max_length, or set too_long to truncate or drop",
                refused.getMessage());
        assertThrows(JobException.class, () -> preparation(4, TooLong.DROP).training(tsv, TEXT_AND_LABEL, FOUND));
    }

    @Test
    void theReportCountsEmptyAndRepeatedTextsAndPadding() throws Exception {
        String rows = "text\ttext2\tlabel\nsun\t\tx\nsun\tsun\ty\nsun\tsun\tx\n \tsun\tx\nsunsun\t\tx\n";
        TokenizedSet set = preparation(16, TooLong.TRUNCATE).training(file(folder, "pairs.tsv", rows), PAIR, FOUND);
        SplitReport report = set.report();
        assertEquals(5, report.rows());
        assertEquals(3, report.empty());
        assertEquals(1, report.duplicates());
        int[] lengths = IntStream.range(0, 5).map(row -> set.ids(row).length).toArray();
        long tokens = IntStream.of(lengths).sum();
        assertEquals(tokens, report.tokens());
        int places = 2 * Math.max(lengths[0], lengths[1]) + 2 * Math.max(lengths[2], lengths[3]) + lengths[4];
        assertEquals((places - tokens) / (double) places, report.paddingAvoided(), 1e-12);
        JsonNode json = new ObjectMapper().valueToTree(report);
        List<String> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        assertEquals(
                List.of("rows", "tokens", "truncated", "dropped", "empty", "duplicates", "labels", "padding_avoided"),
                names);
    }

    @Test
    void moreRowsThanAreTokenizedAtOnceKeepTheirOrder() {
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 2500; i++) {
            rows.append("sun ".repeat(i % 5 + 1)).append('\t').append(i % 3).append('\n');
        }
        TokenizedSet set = train(rows.toString(), FOUND);
        assertEquals(2500, set.size());
        int word = (set.ids(0).length - 2);
        for (int i = 0; i < 2500; i++) {
            assertEquals(word * (i % 5 + 1) + 2, set.ids(i).length);
            assertEquals(i % 3, set.label(i));
            assertEquals(i + 2, set.line(i));
        }
    }

    @Test
    void aFileWithoutLabelsHasTextsOnly() {
        DataFile texts = file(folder, "texts.tsv", "text\nsun\nmoon\n");
        TokenizedSet set = preparation(16, TooLong.TRUNCATE).evaluation(texts, TEXT_AND_LABEL, new Targets.None());
        assertEquals(2, set.size());
        try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
            Batch batch = Batch.of(scope, set, new int[] {0, 1});
            assertThrows(IllegalStateException.class, batch::labels);
        }
    }

    @Test
    void aBatchHasTokensAndLabelsInTheOrderOfItsRows() {
        TokenizedSet classes = train("text\tlabel\nsun\tx\nThe bread\ty\nmoon\ty\n", FOUND);
        TokenizedSet numbers = train("text\tlabel\nsun\t1.5\nThe bread\t2.5\nmoon\t0\n", new Targets.Numbers());
        try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
            Batch batch = Batch.of(scope, classes, new int[] {2, 0});
            assertEquals(DataType.INT64, batch.labels().getDataType());
            assertArrayEquals(new long[] {1, 0}, batch.labels().toLongArray());
            assertArrayEquals(
                    IntStream.concat(IntStream.of(classes.ids(2)), IntStream.of(classes.ids(0)))
                            .asLongStream()
                            .toArray(),
                    batch.tokens().ids().toLongArray());
            assertArrayEquals(new int[] {2, 0}, batch.rows());
            assertEquals(2, batch.size());
            Batch scores = Batch.of(scope, numbers, new int[] {1, 2});
            assertEquals(DataType.FLOAT32, scores.labels().getDataType());
            assertArrayEquals(new float[] {2.5f, 0}, scores.labels().toFloatArray());
        }
    }

    private TokenizedSet train(String rows, Targets targets) {
        return preparation(64, TooLong.TRUNCATE).training(file(folder, "train.tsv", rows), TEXT_AND_LABEL, targets);
    }

    private void assertRefused(String part, String rows, Targets targets) {
        JobException refused = assertThrows(JobException.class, () -> train(rows, targets));
        assertEquals(ErrorCode.BAD_DATA, refused.code());
        assertEquals("data.train", refused.param());
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains(part), message);
    }

    private Preparation preparation(int maxLength, TooLong tooLong) {
        return new Preparation(tokenizer, maxLength, tooLong, 2);
    }

    private static int[] labels(TokenizedSet set) {
        return IntStream.range(0, set.size()).map(set::label).toArray();
    }

    private static Map<String, Long> labelCounts(TokenizedSet set) {
        Map<String, Long> labels = set.report().labels();
        return labels == null ? Map.of() : labels;
    }
}
