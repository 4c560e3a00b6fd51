package io.tenfold.data;

import static io.tenfold.data.Files4Tests.TEXT_ALONE;
import static io.tenfold.data.Files4Tests.TEXT_AND_LABEL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class ExamplesPropertyTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static Path folder = Path.of("");

    @BeforeContainer
    static void makeFolder() throws IOException {
        folder = Files.createTempDirectory("tenfold-data");
    }

    @AfterContainer
    static void removeFolder() throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /** Bytes that a parser stumbles over more often than over any. */
    @Provide
    Arbitrary<byte[]> bytes() {
        byte[] hard = "\",\t\n\r{}[]:\\u0\uFEFF".getBytes(StandardCharsets.UTF_8);
        return Arbitraries.frequencyOf(
                        Tuple.of(
                                3,
                                Arbitraries.integers()
                                        .between(0, hard.length - 1)
                                        .map(i -> hard[i])),
                        Tuple.of(1, Arbitraries.bytes()),
                        Tuple.of(2, Arbitraries.of((byte) 'a', (byte) 'b')))
                .array(byte[].class)
                .ofMaxSize(80);
    }

    @Provide
    Arbitrary<List<String>> texts() {
        return Arbitraries.strings()
                .withChars("ab \",\t\n\r'\\é漢")
                .withCharRange('\u0001', ' ')
                .ofMaxLength(12)
                .map(text -> text.isEmpty() ? "x" : text)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    @Property(tries = 500)
    void anyBytesGiveRowsOrARefusal(@ForAll DataFormat format, @ForAll("bytes") byte[] tail) {
        byte[] head =
                switch (format) {
                    case CSV -> "text,label\n".getBytes(StandardCharsets.UTF_8);
                    case TSV -> "text\tlabel\n".getBytes(StandardCharsets.UTF_8);
                    case JSONL -> "{\"text\":\"a\",\"label\":1}\n".getBytes(StandardCharsets.UTF_8);
                    case JSON -> "[{\"text\":\"a\",\"label\":1},".getBytes(StandardCharsets.UTF_8);
                    case PARQUET -> "PAR1".getBytes(StandardCharsets.UTF_8);
                    case CONLL -> "text label\n".getBytes(StandardCharsets.UTF_8);
                    case TEXT -> "text".getBytes(StandardCharsets.UTF_8);
                };
        byte[] whole = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, whole, head.length, tail.length);
        DataFile file = Files4Tests.file(folder, "any." + format.wire(), whole);
        try {
            if (format == DataFormat.CONLL) {
                Columns columns = new Columns("text", null, "label", "data.columns", true);
                assertFalse(Examples.words(file, columns).isEmpty());
            } else {
                assertFalse(Examples.list(file, TEXT_AND_LABEL).isEmpty());
            }
        } catch (JobException e) {
            assertEquals(format == DataFormat.TEXT ? ErrorCode.BAD_REQUEST : ErrorCode.BAD_DATA, e.code());
        }
    }

    @Property(tries = 300)
    void csvGivesBackWhatWasWritten(@ForAll("texts") List<String> texts) {
        StringBuilder csv = new StringBuilder("text\n");
        texts.forEach(text -> csv.append('"').append(text.replace("\"", "\"\"")).append("\"\r\n"));
        assertEquals(texts, readBack("back.csv", csv));
    }

    @Property(tries = 300)
    void tsvGivesBackTextsWithoutTabsAndLineBreaks(@ForAll("texts") List<String> texts) {
        List<String> plain =
                texts.stream().map(text -> text.replaceAll("[\t\n\r]", "_")).toList();
        StringBuilder tsv = new StringBuilder("text\n");
        plain.forEach(text -> tsv.append(text).append('\n'));
        assertEquals(plain, readBack("back.tsv", tsv));
    }

    @Property(tries = 300)
    void jsonGivesBackWhatWasWritten(@ForAll("texts") List<String> texts) throws JsonProcessingException {
        StringBuilder lines = new StringBuilder();
        List<Map<String, String>> rows = new ArrayList<>();
        for (String text : texts) {
            rows.add(Map.of("text", text));
            lines.append(MAPPER.writeValueAsString(rows.getLast())).append('\n');
        }
        assertEquals(texts, readBack("back.jsonl", lines));
        assertEquals(texts, readBack("back.json", MAPPER.writeValueAsString(rows)));
    }

    private static List<String> readBack(String name, CharSequence content) {
        DataFile file = Files4Tests.file(folder, name, content.toString());
        return Examples.list(file, TEXT_ALONE).stream().map(Example::text).toList();
    }
}
