package io.tenfold.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.LanguageColumns;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows that a language model is to write on from: a column {@code messages}, {@code conversations}, {@code prompt},
 * {@code instruction} or {@code text}, as rows that it learns from have them. An answer at the end is left out.
 */
public final class PromptRows {

    private static final List<String> NAMES =
            List.of("messages", "conversations", "prompt", LanguageShape.INSTRUCTION, "text");

    private final DataFile file;
    private final @Nullable String useColumn;
    private final List<Row> rows = new ArrayList<>();

    private PromptRows(DataFile file, @Nullable String useColumn) {
        this.file = file;
        this.useColumn = useColumn;
    }

    /**
     * A row.
     *
     * @param text as it stands; of a conversation its last message, for whoever reads the answers
     * @param conversation null where the row is a text; one that ends with an answer has lost that, for it is to be written
     * @param use what the row has in the column that names its artifact; null without one
     */
    public record Row(
            String text,
            @Nullable Conversation conversation,
            @Nullable String use) {}

    /**
     * All rows, in file order.
     *
     * @param useColumn names each row's artifact; null: none does
     * @throws JobException BAD_DATA with file, line and way out for what can't be read
     */
    public static List<Row> read(DataFile file, @Nullable String useColumn) {
        PromptRows reading = new PromptRows(file, useColumn);
        LanguageColumns language = new LanguageColumns("text", "prompt", null, "messages", null, null, null);
        Columns columns = new Columns("text", null, null, file.param(), false, language, List.of());
        switch (file.format()) {
            case JSONL -> JsonRows.lines(file, columns, (line, row) -> reading.add(line, row.json()));
            case JSON -> JsonRows.array(file, columns, (line, row) -> reading.add(line, row.json()));
            case CSV, TSV, PARQUET -> reading.flat(columns);
            case TEXT, CONLL -> throw file.notFor("which has no prompts; save them as jsonl or csv");
        }
        if (reading.rows.isEmpty()) {
            throw file.bad("the file has no rows");
        }
        return List.copyOf(reading.rows);
    }

    private void flat(Columns columns) {
        List<String> there = Header.names(file);
        String name = column(there, "");
        List<String> names = new ArrayList<>(List.of(name));
        boolean nested = name.equals("messages") || name.equals("conversations");
        if (name.equals(LanguageShape.INSTRUCTION)) {
            LanguageShape.refuseHistory(file, there);
            Stream.of(LanguageShape.INPUT, LanguageShape.SYSTEM)
                    .filter(there::contains)
                    .forEach(names::add);
        } else if (nested) {
            Stream.of(LanguageShape.SYSTEM, LanguageShape.TOOLS)
                    .filter(there::contains)
                    .forEach(names::add);
        }
        if (useColumn != null && !names.contains(useColumn)) {
            names.add(useColumn);
        }
        FlatRows.read(file, columns.reading(names), nested, this::add);
    }

    private String column(List<String> there, String where) {
        return NAMES.stream().filter(there::contains).findFirst().orElseThrow(() -> {
            List<String> shown =
                    there.stream().limit(20).map(name -> Shown.value(name, 60)).toList();
            return new JobException(
                    ErrorCode.BAD_DATA,
                    file.param(),
                    "%s%s: its columns are %s; a row to write on from has text, prompt, messages, conversations (sharegpt) or instruction (alpaca); rename one"
                            .formatted(file.location(), where, String.join(", ", shown)));
        });
    }

    private void add(long line, JsonNode json) {
        List<String> there = new ArrayList<>();
        json.fieldNames().forEachRemaining(there::add);
        String name = column(there, ", line " + line);
        MessageReader reader = new MessageReader(file, line);
        String use = useColumn == null ? null : reader.text(useColumn, json.path(useColumn));
        JsonNode value = json.path(name);
        if (name.equals(LanguageShape.INSTRUCTION)) {
            rows.add(row(Conversation.of(reader.alpaca(json, value)), use));
            return;
        }
        if (!value.isArray()) {
            rows.add(new Row(reader.text(name, value), null, use));
            return;
        }
        Conversation whole = value.path(0).has("from")
                ? reader.shareGpt(name, value, json)
                : reader.conversation(name, value, json.path("tools"));
        int asked = whole.messages().size();
        while (asked > 0 && whole.isAnswer(asked - 1)) {
            asked--;
        }
        if (asked == 0) {
            throw file.bad(line, "%s has answers alone; an answer needs a message before it".formatted(name));
        }
        rows.add(row(whole.first(asked), use));
    }

    private static Row row(Conversation conversation, @Nullable String use) {
        Object last = conversation.messages().getLast().get("content");
        return new Row(last instanceof String text ? text : "", conversation, use);
    }
}
