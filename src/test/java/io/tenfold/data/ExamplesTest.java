package io.tenfold.data;

import static io.tenfold.data.Files4Tests.PAIR;
import static io.tenfold.data.Files4Tests.TEXT_ALONE;
import static io.tenfold.data.Files4Tests.TEXT_AND_LABEL;
import static io.tenfold.data.Files4Tests.file;
import static io.tenfold.data.Files4Tests.read;
import static io.tenfold.data.Files4Tests.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {

    @TempDir
    Path folder;

    @Test
    void csvHoldsCommasQuotesAndLineBreaksInQuotedFields() {
        DataFile csv = file(folder, "a.csv", "text,label\r\n\"one, \"\"two\"\"\nthree\",x\r\nplain,y\r\n");
        assertEquals(
                List.of(new Example("one, \"two\"\nthree", null, "x", 2), new Example("plain", null, "y", 4)),
                read(csv, TEXT_AND_LABEL));
    }

    @Test
    void aQuoteInTsvIsACharacter() {
        DataFile tsv = file(folder, "a.tsv", "text\tlabel\n\"open\tx\nsay \"\"no\"\"\ty\n");
        assertEquals(
                List.of(new Example("\"open", null, "x", 2), new Example("say \"\"no\"\"", null, "y", 3)),
                read(tsv, TEXT_AND_LABEL));
    }

    @Test
    void jsonLinesAndAJsonArrayGiveTheSameRows() {
        DataFile lines = file(
                folder,
                "a.jsonl",
                "{\"text\": \"a\", \"text2\": \"b\", \"label\": 1}\n\n{\"label\":0,\"text2\":\"\",\"text\":\"c\"}");
        DataFile array = file(
                folder,
                "a.json",
                "[{\"text\": \"a\", \"text2\": \"b\", \"label\": 1},\n\n{\"label\":0,\"text2\":\"\",\"text\":\"c\"}]");
        List<Example> rows = List.of(new Example("a", "b", "1", 1), new Example("c", "", "0", 3));
        assertEquals(rows, read(lines, PAIR));
        assertEquals(rows, read(array, PAIR));
    }

    @Test
    void aByteOrderMarkIsAccepted() {
        for (String name : List.of("a.csv", "a.tsv")) {
            String separator = name.endsWith("csv") ? "," : "\t";
            assertEquals(
                    "x",
                    read(file(folder, name, "\uFEFFtext" + separator + "label\nx" + separator + "1\n"), TEXT_AND_LABEL)
                            .getFirst()
                            .text());
        }
        assertEquals(
                1,
                read(file(folder, "a.jsonl", "\uFEFF{\"text\":\"x\"}"), TEXT_ALONE)
                        .size());
        assertEquals(
                1,
                read(file(folder, "a.json", "\uFEFF[{\"text\":\"x\"}]"), TEXT_ALONE)
                        .size());
    }

    @Test
    void charactersOfEveryLengthSurviveBufferEdges() {
        String unit = "aé漢😀";
        StringBuilder content = new StringBuilder("text\n");
        for (int i = 0; i < 40_000; i++) {
            content.append(unit).append("x".repeat(i % 7)).append('\n');
        }
        for (String name : List.of("a.tsv", "a.csv")) {
            List<Example> rows = read(file(folder, name, content.toString()), TEXT_ALONE);
            assertEquals(40_000, rows.size());
            for (int i = 0; i < 40_000; i++) {
                assertEquals(unit + "x".repeat(i % 7), rows.get(i).text());
                assertEquals(i + 2, rows.get(i).line());
            }
        }
    }

    @Test
    void aLatin1ByteIsRefusedWithLineAndOffset() {
        for (String name : List.of("b.csv", "b.tsv")) {
            byte[] bytes = "text\nfine\ncaf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1);
            JobException refused = refused(file(folder, name, bytes), TEXT_ALONE);
            assertEquals(ErrorCode.BAD_DATA, refused.code());
            assertEquals("data.train", refused.param());
            assertEquals(
                    "s3://data/" + name
                            + ", line 3: byte 0xE9 at offset 13 is not UTF-8; the file may be Latin-1 or Windows-1252;"
                            + " convert it (iconv -f windows-1252 -t utf-8)",
                    refused.getMessage());
        }
    }

    @Test
    void utf16GzipAndSpreadsheetsAreRefusedByName() {
        assertMessage(
                "the file is UTF-16; save it as UTF-8",
                file(folder, "a.csv", "text\nx".getBytes(StandardCharsets.UTF_16)));
        assertMessage("the file is gzip", file(folder, "b.csv", new byte[] {0x1F, (byte) 0x8B, 8, 0}));
        assertMessage("a spreadsheet", file(folder, "c.csv", new byte[] {'P', 'K', 3, 4}));
    }

    @Test
    void aBrokenQuoteIsRefusedWithItsLine() {
        assertMessage(
                "s3://data/a.csv, line 3: broken quoting",
                file(folder, "a.csv", "text\nfine\n\"open\nmore\nmore\n"),
                TEXT_ALONE);
        assertMessage(
                "s3://data/b.csv, line 3: broken quoting",
                file(folder, "b.csv", "text\nfine\n\"closed\"x\nmore\n"),
                TEXT_ALONE);
    }

    @Test
    void aRowOfAnotherLengthThanTheHeaderIsRefusedWithItsLine() {
        assertMessage(
                "s3://data/a.csv, line 3: 1 fields, but the header has 2",
                file(folder, "a.csv", "text,label\nx,1\ny\n"));
        assertMessage(
                "s3://data/b.csv, line 2: 3 fields, but the header has 2",
                file(folder, "b.csv", "text,label\nx,y,1\n"));
        assertMessage(
                "s3://data/c.tsv, line 4: 3 fields, but the header has 2",
                file(folder, "c.tsv", "text\tlabel\nx\t1\n\na\tb\tc\n"));
    }

    @Test
    void blankLinesAreSkippedButAreTextsInAFileOfOneColumn() {
        assertEquals(
                2,
                read(file(folder, "a.csv", "text,label\n\na,1\n\nb,2\n\n"), TEXT_AND_LABEL)
                        .size());
        assertEquals(
                2,
                read(file(folder, "a.tsv", "text\tlabel\n\na\t1\n\nb\t2\n\n"), TEXT_AND_LABEL)
                        .size());
        for (String name : List.of("b.csv", "b.tsv")) {
            assertEquals(
                    List.of("a", "", "b"),
                    read(file(folder, name, "text\na\n\nb\n"), TEXT_ALONE).stream()
                            .map(Example::text)
                            .toList());
        }
    }

    @Test
    void anEmptyFileAndAHeaderAloneAreRefused() {
        for (String name : List.of("a.csv", "a.tsv", "a.jsonl", "a.json", "a.parquet")) {
            assertMessage("the file is empty (0 bytes)", file(folder, name, ""));
        }
        assertMessage("the file has no rows, only a header", file(folder, "b.csv", "text,label\n"));
        assertMessage("the file has no rows, only a header", file(folder, "b.tsv", "text\tlabel"));
        assertMessage("the file has no rows", file(folder, "b.jsonl", "\n\n"));
        assertMessage("the file has no rows", file(folder, "b.json", "[]"));
    }

    @Test
    void aJsonRowThatIsNoObjectIsRefused() {
        assertMessage(
                "line 2: a row is a JSON object such as {\"text\": …}, but this is an array",
                file(folder, "a.jsonl", "{\"text\":\"x\",\"label\":1}\n[1]"));
        assertMessage(
                "line 1: a row is a JSON object such as {\"text\": …}, but this is a text",
                file(folder, "a.json", "[\"x\"]"));
        assertMessage(
                "a JSON file is one array of objects, but this begins with an object; for an object on every line give format jsonl",
                file(folder, "b.json", "{\"text\":\"x\"}\n"));
        assertMessage("line 2: not JSON", file(folder, "b.jsonl", "{\"text\":\"x\",\"label\":1}\n{\"text\":"));
        assertMessage("line 2: not JSON", file(folder, "c.json", "[{\"text\":\"x\",\"label\":1},\n{\"text\":"));
        assertMessage("line 1: not JSON", file(folder, "c.jsonl", "{\"text\":\"x\",\"label\":1} {}"));
        assertMessage(
                "there is more after the array's end", file(folder, "d.json", "[{\"text\":\"x\",\"label\":1}] []"));
        assertMessage(
                "line 1: text is an object; it must be a text or a number",
                file(folder, "d.jsonl", "{\"text\":{},\"label\":1}"));
        assertMessage(
                "line 1: label is null; leave the row out or fill it in",
                file(folder, "e.jsonl", "{\"text\":\"x\",\"label\":null}"));
        assertMessage(
                "line 1: text holds \\ud800, half of a surrogate pair",
                file(folder, "f.jsonl", "{\"text\":\"\\ud800x\",\"label\":1}"));
        assertMessage(
                "line 1: not JSON: Duplicate field 'text'",
                file(folder, "g.jsonl", "{\"text\":\"x\",\"text\":\"y\",\"label\":1}"));
    }

    @Test
    void aMissingColumnListsTheColumnsThereAre() {
        JobException csv = refused(file(folder, "a.csv", "text,lable,id\nx,1,7\n"), TEXT_AND_LABEL);
        assertEquals("data.columns.label", csv.param());
        assertEquals(
                "s3://data/a.csv: there is no column label; its columns are text, lable, id; did you mean lable?",
                csv.getMessage());
        JobException jsonl = refused(
                file(folder, "a.jsonl", "{\"text\":\"x\",\"label\":1}\n{\"txt\":\"x\",\"label\":1}"), TEXT_AND_LABEL);
        assertEquals("data.columns.text", jsonl.param());
        assertEquals(
                "s3://data/a.jsonl, line 2: there is no column text; its columns are txt, label; did you mean txt?",
                jsonl.getMessage());
        assertMessage("the header has column text twice", file(folder, "b.tsv", "text\ttext\tlabel\nx\ty\t1\n"));
    }

    @Test
    void aMissingFileSaysSo() {
        DataFile gone = DataFile.of(folder.resolve("gone.csv"), "s3://data/gone.csv", "data.validation", null);
        JobException refused = refused(gone, TEXT_ALONE);
        assertEquals("data.validation", refused.param());
        assertEquals("s3://data/gone.csv: there is no such file", refused.getMessage());
    }

    private static void assertMessage(String part, DataFile file) {
        assertMessage(part, file, TEXT_AND_LABEL);
    }

    private static void assertMessage(String part, DataFile file, Columns columns) {
        JobException refused = refused(file, columns);
        assertEquals(ErrorCode.BAD_DATA, refused.code());
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains(part), message);
    }
}
