package io.tenfold.data;

import static io.tenfold.data.Files4Tests.TEXT_ALONE;
import static io.tenfold.data.Files4Tests.TEXT_AND_LABEL;
import static io.tenfold.data.Files4Tests.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParquetTest {

    private static final Path FILES = Path.of("src/test/resources/parquet");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"none", "snappy", "gzip", "zstd", "brotli", "lz4", "row-groups", "categories"})
    void textsAndLabelsAreReadWhateverTheWriterChose(String name) {
        assertEquals(
                List.of(
                        new Example("The bread was fresh.", null, "good", 1),
                        new Example("", null, "bad", 2),
                        new Example("Tee für zwei 漢字 😀", null, "good", 3),
                        new Example("The bread was fresh.", null, "bad", 4)),
                Examples.list(file(name), TEXT_AND_LABEL));
    }

    @Test
    void numbersAreLabelsAndScores() {
        assertEquals(List.of("1", "0", "1", "0"), labels("number"));
        assertEquals(List.of("0.5", "-1.25", "3.0", "0.001"), labels("score"));
    }

    @Test
    void aNullANestedColumnAndBytesThatAreNoTextAreRefused() {
        assertMessage("null.parquet, row 2: text is null", "null");
        assertMessage("column text is nested; it must be a text or a number", "nested");
        assertMessage("latin1.parquet, row 2: text is not UTF-8", "latin1");
        assertMessage("the file has no rows", "no-rows");
    }

    @Test
    void aMissingColumnListsTheColumnsThereAre() {
        JobException refused = refused(file("none"), new Columns("txt", null, null, "data.columns"));
        assertEquals("data.columns.text", refused.param());
        assertEquals(
                "s3://data/none.parquet: there is no column txt; its columns are text, label, number, score; did you mean text?",
                refused.getMessage());
    }

    @Test
    void anotherFileUnderThisNameIsRefused() throws IOException {
        DataFile csv = Files4Tests.file(folder, "a.parquet", "text,label\nx,y\n");
        assertTrue(String.valueOf(refused(csv, TEXT_ALONE).getMessage()).contains("not a Parquet file"));
    }

    /** The reader is not ours; whatever broken bytes make it do, the job ends with a refusal or with rows, and soon. */
    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aFileWithBrokenBytesIsReadOrRefused() throws IOException {
        Random random = new Random(7);
        for (String name : List.of("none", "snappy", "zstd", "row-groups")) {
            byte[] good = Files.readAllBytes(FILES.resolve(name + ".parquet"));
            for (int i = 0; i < 100; i++) {
                byte[] bad = good.clone();
                for (int j = 0; j <= i % 3; j++) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
                }
                // A file of its own: the reader may still look at the one before, whose memory must not go away.
                DataFile file = Files4Tests.file(folder, "%s-%d.parquet".formatted(name, i), bad);
                try {
                    assertFalse(Examples.list(file, TEXT_AND_LABEL).isEmpty());
                } catch (JobException e) {
                    assertEquals(ErrorCode.BAD_DATA, e.code());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"words", "words-row-groups", "words-categories"})
    void wordsAndTheirTagsAreReadFromLists(String name) {
        assertEquals(
                List.of(
                        new Sentence(List.of("Ann", "sings", "漢字"), List.of("B-PER", "O", "O"), 1),
                        new Sentence(List.of(), List.of(), 2),
                        new Sentence(List.of("Rome"), List.of("B-LOC"), 3)),
                sentences(file(name), "tags"));
    }

    @Test
    void tagsMayBeNumbersAndMayBeLeftOut() {
        assertEquals(
                List.of(List.of("1", "0", "0"), List.of(), List.of("3")),
                sentences(file("words"), "numbers").stream().map(Sentence::tags).toList());
        assertEquals(
                List.of(List.of("Ann", "sings", "漢字"), List.of(), List.of("Rome")),
                Examples.words(file("words"), new Columns("tokens", null, null, "input", true)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            words-null      | tags | words-null.parquet, row 2: tokens is null
            words-null-word | tags | words-null-word.parquet, row 2: tokens has a null at 1
            words-latin1    | tags | words-latin1.parquet, row 2: tokens is not UTF-8
            words-uneven    | tags | words-uneven.parquet, row 2: tokens has 2 words, but tags has 1
            words-nested    | tags | column tokens is a list of lists or objects; it must be a list with a text for each word
            words-objects   | tags | column tokens is a list of lists or objects; it must be a list with a text for each word
            words           | id   | column id is no list
            words           | tag  | there is no column tag
            """)
    void listsThatHoldNoWordsAreRefused(String name, String tags, String part) {
        JobException refused = assertThrows(JobException.class, () -> sentences(file(name), tags));
        assertEquals(ErrorCode.BAD_DATA, refused.code());
        assertTrue(String.valueOf(refused.getMessage()).contains(part), refused.getMessage());
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void listsWithBrokenBytesAreReadOrRefused() throws IOException {
        Random random = new Random(7);
        for (String name : List.of("words", "words-row-groups")) {
            byte[] good = Files.readAllBytes(FILES.resolve(name + ".parquet"));
            for (int i = 0; i < 100; i++) {
                byte[] bad = good.clone();
                for (int j = 0; j <= i % 3; j++) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
                }
                DataFile file = Files4Tests.file(folder, "%s-%d.parquet".formatted(name, i), bad);
                try {
                    assertFalse(sentences(file, "tags").isEmpty());
                } catch (JobException e) {
                    assertEquals(ErrorCode.BAD_DATA, e.code());
                }
            }
        }
    }

    private static List<Sentence> sentences(DataFile file, String tags) {
        List<Sentence> rows = new ArrayList<>();
        Sentences.read(file, new Columns("tokens", null, tags, "data.columns", true), rows::add);
        return rows;
    }

    private static List<String> labels(String column) {
        return Examples.list(file("none"), new Columns("text", null, column, "data.columns")).stream()
                .map(row -> String.valueOf(row.label()))
                .toList();
    }

    private static void assertMessage(String part, String name) {
        String message = String.valueOf(refused(file(name), TEXT_AND_LABEL).getMessage());
        assertTrue(message.contains(part), message);
    }

    private static DataFile file(String name) {
        return DataFile.of(FILES.resolve(name + ".parquet"), "s3://data/" + name + ".parquet", "data.train", null);
    }
}
