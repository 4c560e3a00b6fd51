package io.tenfold.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.job.JobException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conversations from Parquet are those of JSON Lines, and those to be answered are read as those to be learnt. */
class MessageRowsTest {

    private static final String MESSAGES = """
            {"messages": [{"role": "user", "content": "Wie viel?"}, {"role": "assistant", "content": "Zwei 😀"}]}
            {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Nobody."}]}
            """;
    private static final String CONVERSATIONS = """
            {"conversations": [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "Nobody."}], "system": "Be brief."}
            {"conversations": [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "Nobody."}]}
            """;
    private static final String ALPACA = """
            {"instruction": "Say", "input": "it", "output": "It."}
            {"instruction": "Add", "input": "", "output": "2"}
            """;

    @TempDir
    Path folder;

    private static DataFile parquet(String name) {
        String file = name + ".parquet";
        return DataFile.of(Path.of("src/test/resources/parquet", file), "s3://data/" + file, "data.train", null);
    }

    private static Columns columns() {
        return LanguageSetTest.columns(null);
    }

    private static List<LanguageRow> rows(DataFile file) {
        List<LanguageRow> rows = new ArrayList<>();
        LanguageRows.read(file, columns(), rows::add);
        return rows;
    }

    @ParameterizedTest
    @CsvSource({"messages", "messages-row-groups", "conversations", "alpaca"})
    void parquetHasWhatJsonLinesHave(String name) {
        String lines = name.startsWith("messages") ? MESSAGES : name.equals("alpaca") ? ALPACA : CONVERSATIONS;
        DataFile json = Files4Tests.file(folder, "rows.jsonl", lines);
        assertEquals(rows(json), rows(parquet(name)));
        assertEquals(PromptRows.read(json, null), PromptRows.read(parquet(name), null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "messages-calls|row 1: messages.tool_calls holds lists or objects, which are read from jsonl and json alone",
                "messages-null|row 2: messages is null",
                "messages-text|column messages is no list of messages; it must be a list of objects with role and content"
            })
    void whatHoldsOtherThingsIsRefusedByName(String name, String message) {
        for (JobException refused : List.of(
                assertThrows(JobException.class, () -> rows(parquet(name))),
                assertThrows(JobException.class, () -> PromptRows.read(parquet(name), null)))) {
            assertTrue(String.valueOf(refused.getMessage()).contains(message), String.valueOf(refused.getMessage()));
        }
    }

    @Test
    void csvHoldsNoMessages() {
        DataFile csv = Files4Tests.file(folder, "rows.csv", "messages\nhello\n");
        String message =
                String.valueOf(assertThrows(JobException.class, () -> rows(csv)).getMessage());
        assertTrue(
                message.contains("is csv, which holds no lists of messages; save them as jsonl, json or parquet"),
                message);
    }

    @Test
    void aRowToBeAnsweredEndsBeforeItsAnswer() {
        List<PromptRows.Row> rows = PromptRows.read(parquet("conversations"), null);
        assertEquals(
                List.of(Map.of("role", "system", "content", "Be brief."), Map.of("role", "user", "content", "Who?")),
                conversation(rows.getFirst()).messages());
        assertEquals(
                List.of(Map.of("role", "user", "content", "Who?")),
                conversation(rows.getLast()).messages());
        assertEquals("Who?", rows.getLast().text());
    }

    @Test
    void alpacaIsAskedWithItsInputAndFromCsv() {
        DataFile csv = Files4Tests.file(folder, "rows.csv", "instruction,input,use\nSay,it,a\nAdd,,b\n");
        List<PromptRows.Row> rows = PromptRows.read(csv, "use");
        assertEquals(
                List.of("Say\nit", "Add"),
                rows.stream().map(PromptRows.Row::text).toList());
        assertEquals(
                List.of("a", "b"),
                rows.stream().map(row -> String.valueOf(row.use())).toList());
        assertEquals(
                List.of(Map.of("role", "user", "content", "Say\nit")),
                conversation(rows.getFirst()).messages());
    }

    @Test
    void aTextStaysAText() {
        DataFile tsv = Files4Tests.file(folder, "rows.tsv", "id\tprompt\n1\tOnce\n");
        PromptRows.Row row = PromptRows.read(tsv, null).getFirst();
        assertEquals("Once", row.text());
        assertNull(row.conversation());
    }

    private static Conversation conversation(PromptRows.Row row) {
        return Objects.requireNonNull(row.conversation());
    }
}
