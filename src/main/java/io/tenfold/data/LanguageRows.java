package io.tenfold.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.LanguageColumns;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the rows that a language model learns from; what they look like is as the request names it, or as the first row shows. */
final class LanguageRows {

    private final DataFile file;
    private final Columns columns;
    private final Consumer<LanguageRow> sink;
    private @Nullable LanguageShape shape;
    private long rows;

    private LanguageRows(DataFile file, Columns columns, Consumer<LanguageRow> sink) {
        this.file = file;
        this.columns = columns;
        this.sink = sink;
        shape = LanguageShape.named(named(columns));
    }

    private static LanguageColumns named(Columns columns) {
        return Objects.requireNonNull(columns.language(), "columns of another task");
    }

    /**
     * Hands every row of a file that is not plain text to {@code sink}, in file order.
     *
     * @return what the rows look like
     * @throws JobException BAD_DATA with file, line and way out for what can't be read; BAD_REQUEST for a format that can't
     *     hold such rows
     */
    static LanguageShape read(DataFile file, Columns columns, Consumer<LanguageRow> sink) {
        LanguageRows reading = new LanguageRows(file, columns, sink);
        switch (file.format()) {
            case JSONL -> JsonRows.lines(file, columns, (line, row) -> reading.row(line, row.json()));
            case JSON -> JsonRows.array(file, columns, (line, row) -> reading.row(line, row.json()));
            case CSV, TSV, PARQUET -> reading.flat();
            case TEXT, CONLL -> throw file.notFor("which has no rows that a language model learns from");
        }
        if (reading.rows == 0) {
            throw file.bad("the file has no rows");
        }
        return Objects.requireNonNull(reading.shape);
    }

    private LanguageShape shape(Collection<String> there) {
        LanguageShape known = shape == null ? LanguageShape.found(there) : shape;
        if (known == null) {
            List<String> shown =
                    there.stream().limit(20).map(name -> Shown.value(name, 60)).toList();
            throw new JobException(
                    ErrorCode.BAD_DATA,
                    columns.param(),
                    "%s: its columns are %s; rows for causal_lm have text, prompt and completion, instruction and output (alpaca), conversations (sharegpt) or messages; name the columns in %s"
                            .formatted(file.location(), String.join(", ", shown), columns.param()));
        }
        shape = known;
        return known;
    }

    private void flat() {
        List<String> there = Header.names(file);
        LanguageShape known = shape(there);
        if (known.kind() == LanguageShape.Kind.ALPACA) {
            LanguageShape.refuseHistory(file, there);
        }
        FlatRows.read(file, columns.reading(known.flat(there)), known.nested(), this::row);
    }

    private void row(long line, JsonNode json) {
        List<String> there = new ArrayList<>();
        json.fieldNames().forEachRemaining(there::add);
        LanguageShape known = shape(there);
        MessageReader reader = new MessageReader(file, line);
        sink.accept(
                switch (known.kind()) {
                    case TEXT ->
                        new LanguageRow.Plain(line, reader.text(known.first(), column(line, json, known.first())));
                    case PROMPT -> completion(line, reader, json, known.first(), known.second());
                    case ALPACA ->
                        new LanguageRow.Chat(
                                line,
                                reader.alpaca(
                                        json,
                                        column(line, json, LanguageShape.INSTRUCTION),
                                        column(line, json, LanguageShape.OUTPUT)));
                    case SHAREGPT ->
                        new LanguageRow.Chat(
                                line, reader.shareGpt(known.first(), column(line, json, known.first()), json));
                    case MESSAGES -> {
                        JsonNode messages = column(line, json, known.first());
                        yield new LanguageRow.Chat(
                                line,
                                messages.path(0).has("from")
                                        ? reader.shareGpt(known.first(), messages, json)
                                        : reader.conversation(known.first(), messages, json.path(known.second())));
                    }
                    case PREFERENCE ->
                        new LanguageRow.Pair(
                                line,
                                completion(line, reader, json, known.first(), known.second()),
                                completion(line, reader, json, known.first(), known.third()));
                });
        rows++;
    }

    /** Two texts, or two lists of messages. */
    private LanguageRow completion(long line, MessageReader reader, JsonNode json, String asked, String answered) {
        JsonNode prompt = column(line, json, asked);
        JsonNode completion = column(line, json, answered);
        if (prompt.isArray() && completion.isArray()) {
            return new LanguageRow.Chat(line, reader.joined(asked, prompt, answered, completion, json.path("tools")));
        }
        return new LanguageRow.Completion(line, reader.text(asked, prompt), reader.text(answered, completion));
    }

    private JsonNode column(long line, JsonNode json, String name) {
        JsonNode value = json.get(name);
        if (value == null) {
            List<String> there = new ArrayList<>();
            json.fieldNames().forEachRemaining(there::add);
            throw Header.missing(file, columns, name, there, ", line " + line);
        }
        return value;
    }
}
