package io.tenfold.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON Lines, and one JSON array of objects. A value may be a text, a number or a boolean; blank lines are skipped. */
final class JsonRows {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private JsonRows() {}

    /** JSON Lines. */
    static void readLines(DataFile file, Columns columns, RowSink sink) {
        try (TextLines lines = new TextLines(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.isBlank()) {
                    continue;
                }
                long number = lines.number();
                sink.row(number, values(file, columns, number, parse(file, number, line)));
            }
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    /** A JSON array. */
    static void readArray(DataFile file, Columns columns, RowSink sink) {
        try (JsonParser parser = MAPPER.createParser(Utf8Reader.open(file))) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                return;
            }
            if (first != JsonToken.START_ARRAY) {
                throw file.bad(
                        "a JSON file is one array of objects, but this begins with %s; for an object on every line give format jsonl"
                                .formatted(kind(first)));
            }
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                long line = parser.currentTokenLocation().getLineNr();
                if (token == null) {
                    throw file.bad(line, "the array is not closed");
                }
                JsonNode row = MAPPER.reader()
                        .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .readTree(parser);
                sink.row(line, values(file, columns, line, row));
            }
            if (parser.nextToken() != null) {
                throw file.bad(parser.currentTokenLocation().getLineNr(), "there is more after the array's end");
            }
        } catch (JsonProcessingException e) {
            throw broken(file, e.getLocation() == null ? 1 : e.getLocation().getLineNr(), e);
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    private static JsonNode parse(DataFile file, long number, String line) {
        try {
            return MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw broken(file, number, e);
        }
    }

    private static JobException broken(DataFile file, long line, JsonProcessingException e) {
        return file.bad(line, "not JSON: " + Shown.value(e.getOriginalMessage(), 200));
    }

    private static @Nullable String[] values(DataFile file, Columns columns, long line, JsonNode row) {
        if (!row.isObject()) {
            throw file.bad(
                    line,
                    "a row is a JSON object such as {\"%s\": …}, but this is %s"
                            .formatted(columns.text(), kind(row.asToken())));
        }
        List<String> names = columns.names();
        @Nullable String[] values = new String[names.size()];
        for (int i = 0; i < values.length; i++) {
            String name = names.get(i);
            JsonNode value = row.get(name);
            if (value == null) {
                List<String> there = new ArrayList<>();
                row.fieldNames().forEachRemaining(there::add);
                throw Header.missing(file, columns, name, there, ", line " + line);
            }
            if (value.isContainerNode()) {
                throw file.bad(line, "%s is %s; it must be a text or a number".formatted(name, kind(value.asToken())));
            }
            values[i] = value.isNull() ? null : whole(file, line, name, value.asText());
        }
        return values;
    }

    /** JSON's escapes can write half of a surrogate pair, which is no character. */
    private static String whole(DataFile file, long line, String name, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw file.bad(line, "%s holds \\u%04x, half of a surrogate pair".formatted(name, (int) c));
            }
        }
        return text;
    }

    private static String kind(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a text";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT -> "no value";
        };
    }
}
