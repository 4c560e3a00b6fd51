package io.tenfold.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.TrainingOptions.TooLong;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of words with a tag each: how they are read, and what becomes of them. */
class TaggedWordsTest {

    private static final Columns TAGGED = new Columns("tokens", null, "tags", "data.columns", true);
    private static final Targets FOUND = new Targets.Tags(List.of());

    @TempDir
    Path folder;

    private TextTokenizer tokenizer;

    @BeforeEach
    void theGoldenTokenizer() {
        tokenizer = TextTokenizer.open(Files4Tests.golden("bert"), "s3://models/bert");
    }

    @AfterEach
    void closeIt() {
        tokenizer.close();
    }

    @Test
    void conllAndJsonSayTheSame() {
        List<Sentence> expected = List.of(
                new Sentence(List.of("Ann", "sings", "#", "."), List.of("B-PER", "O", "O", "O"), 4),
                new Sentence(List.of("Rome"), List.of("B-LOC"), 10));
        String conll =
                "-DOCSTART- -X- O\n\n# sent_id = 1\nAnn NNP B-PER\nsings VB O  \n# NN O\n. . O\n\n \t\nRome NNP B-LOC";
        assertEquals(expected, read("a.conll", conll));
        assertEquals(expected, read("a.iob", conll.replace("\n", "\r\n")));
        String json = """
                {"tokens": ["Ann", "sings", "#", "."], "tags": ["B-PER", "O", "O", "O"], "id": 7}
                {"tokens": ["Rome"], "tags": ["B-LOC"]}
                """;
        assertEquals(lineless(expected), lineless(read("a.jsonl", json)));
        assertEquals(
                lineless(expected), lineless(read("a.json", "[" + json.strip().replace("\n", ",\n") + "]")));
    }

    @Test
    void aWordMayHoldABlankWhereTabsSeparateColumns() {
        assertEquals(
                List.of(new Sentence(List.of("New York", "\u00a0"), List.of("B-LOC", "O"), 1)),
                read("a.bio", "New York\tB-LOC\n\u00a0\tO\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a.conll  | Ann                                     | line 1: there is one column
            a.conll  | Ann O;New York B-LOC                    | line 2: 3 columns, but the lines before have 2
            a.conll  | \\tO                                    | line 1: the first column, the word, is empty
            a.conll  | ;;                                      | the file has no rows
            a.jsonl  | {"tokens": ["a", "b"], "tags": ["O"]}   | line 1: tokens has 2 words, but tags has 1; each word needs one tag
            a.jsonl  | {"tokens": "a b", "tags": ["O", "O"]}   | line 1: tokens is a text; it must be a list
            a.jsonl  | {"tokens": ["a", null], "tags": ["O"]}  | line 1: tokens has null at 1
            a.jsonl  | {"tokens": [["a"]], "tags": ["O"]}      | line 1: tokens has an array at 0
            a.jsonl  | {"tokens": ["a"], "ner_tags": ["O"]}    | line 1: there is no column tags; its columns are tokens, ner_tags
            a.jsonl  | ["a"]                                   | a row is a JSON object
            """)
    void whatIsWrongIsSaidWithItsLine(String name, String content, String expected) {
        String text = content.replace(";", "\n").replace("\\t", "\t");
        JobException refused = assertThrows(JobException.class, () -> read(name, text));
        assertEquals(ErrorCode.BAD_DATA, refused.code());
        assertTrue(String.valueOf(refused.getMessage()).contains(expected), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.csv", "a.tsv"})
    void filesWithoutListsAreRefusedWithTheWayOut(String name) {
        JobException refused = assertThrows(JobException.class, () -> read(name, "tokens,tags\na,O\n"));
        assertEquals(ErrorCode.BAD_REQUEST, refused.code());
        assertTrue(
                String.valueOf(refused.getMessage()).contains("jsonl, json, parquet or conll"), refused.getMessage());
    }

    @Test
    void textsAreNotReadFromConll() {
        JobException refused =
                assertThrows(JobException.class, () -> Examples.list(file("a.conll", "a O\n"), Files4Tests.TEXT_ALONE));
        assertEquals(ErrorCode.BAD_REQUEST, refused.code());
    }

    @Test
    void tagsAreFoundAndSortedAndTheReportCountsWords() {
        TokenizedSet set =
                prepare(8, "the bread O\n".replace(" O", "\tO") + "soup\tI-X\n\nzebra\tB-X\n\u200b\tO\nthe\tI-X\n");
        assertEquals(new Targets.Tags(List.of("B-X", "I-X", "O")), set.targets());
        assertArrayEquals(new int[] {2, 1}, set.words(0).tags());
        assertArrayEquals(new int[] {0, 2, 1}, set.words(1).tags());
        assertEquals(1, set.words(0).places()[0]);
        assertEquals(-1, set.words(1).places()[1]);
        assertEquals(4, set.units(0, 1));
        assertEquals(new SplitReport.WordReport(5, 0, 1), set.report().words());
        assertEquals(Map.of("B-X", 1L, "I-X", 2L, "O", 1L), set.report().labels());
    }

    @Test
    void wordsThatAreCutOffAreCountedAndHaveNoPlace() {
        TokenizedSet set = prepare(4, "the\tO\nsoup\tB-X\nthe\tO\nthe\tO\n");
        assertEquals(1, set.report().truncated());
        assertEquals(
                new SplitReport.WordReport(4, 4 - set.words(0).counted(), 0),
                set.report().words());
        assertEquals(4, set.ids(0).length);
        assertTrue(set.words(0).counted() < 4);
        assertEquals(-1, set.words(0).places()[3]);
    }

    @Test
    void anUnknownTagIsRefusedWithItsLine() {
        TokenizedSet training = prepare(16, "the\tO\nsoup\tB-X\n");
        JobException refused = assertThrows(JobException.class, () -> preparation(16)
                .evaluation(file("dev.conll", "the\tO\n\nthe\tO\nsoup\tB-Y\n"), TAGGED, training.targets()));
        assertEquals(ErrorCode.BAD_DATA, refused.code());
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("dev.conll, line 4: tag \"B-Y\" is not one of B-X, O"), message);
    }

    @Test
    void oneTagAloneIsNoTask() {
        JobException refused = assertThrows(JobException.class, () -> prepare(16, "the\tO\nsoup\tO\n"));
        assertTrue(String.valueOf(refused.getMessage()).contains("the tag O alone"), refused.getMessage());
    }

    private TokenizedSet prepare(int maxLength, String conll) {
        return preparation(maxLength).training(file("train.conll", conll), TAGGED, FOUND);
    }

    private Preparation preparation(int maxLength) {
        return new Preparation(tokenizer, maxLength, TooLong.TRUNCATE, 8);
    }

    private List<Sentence> read(String name, String content) {
        List<Sentence> rows = new ArrayList<>();
        Sentences.read(file(name, content), TAGGED, rows::add);
        return rows;
    }

    private static List<Sentence> lineless(List<Sentence> rows) {
        return rows.stream()
                .map(row -> new Sentence(row.tokens(), row.tags(), 0))
                .toList();
    }

    private DataFile file(String name, String content) {
        return Files4Tests.file(folder, name, content.getBytes(StandardCharsets.UTF_8));
    }
}
