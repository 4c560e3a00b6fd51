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

    /** Numbers as Python reads them, for what templates print: they have a zero with a sign. */
    private static final ObjectMapper FLOATS = MAPPER.copy().disable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private JsonRows() {}

    private static ObjectMapper mapper(Columns columns) {
        return columns.language() == null ? MAPPER : FLOATS;
    }

    /** Takes rows one by one. */
    @FunctionalInterface
    interface Sink {
        void row(long line, Row row);
    }

    /** JSON Lines of flat rows. */
    static void readLines(DataFile file, Columns columns, RowSink sink) {
        lines(file, columns, (line, row) -> sink.row(line, row.values()));
    }

    /** A JSON array of flat rows. */
    static void readArray(DataFile file, Columns columns, RowSink sink) {
        array(file, columns, (line, row) -> sink.row(line, row.values()));
    }

    /** JSON Lines. */
    static void lines(DataFile file, Columns columns, Sink sink) {
        try (TextLines lines = new TextLines(file)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.isBlank()) {
                    continue;
                }
                long number = lines.number();
                sink.row(number, new Row(file, columns, number, parse(file, mapper(columns), number, line)));
            }
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    /** A JSON array. */
    static void array(DataFile file, Columns columns, Sink sink) {
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
                JsonNode row = mapper(columns)
                        .reader()
                        .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .readTree(parser);
                sink.row(line, new Row(file, columns, line, row));
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

    private static JsonNode parse(DataFile file, ObjectMapper mapper, long number, String line) {
        try {
            return mapper.readTree(line);
        } catch (JsonProcessingException e) {
            throw broken(file, number, e);
        }
    }

    private static JobException broken(DataFile file, long line, JsonProcessingException e) {
        return file.bad(line, "not JSON: " + Shown.value(e.getOriginalMessage(), 200));
    }

    /** One row, whose columns are read as they are asked for. */
    record Row(DataFile file, Columns columns, long line, JsonNode json) {

        Row {
            if (!json.isObject()) {
                throw file.bad(
                        line,
                        "a row is a JSON object such as {\"%s\": …}, but this is %s"
                                .formatted(columns.text(), kind(json.asToken())));
            }
        }

        /** The value of every column of {@link Columns#names()}. */
        @Nullable
        String[] values() {
            List<String> names = columns.names();
            @Nullable String[] values = new String[names.size()];
            for (int i = 0; i < values.length; i++) {
                String name = names.get(i);
                JsonNode value = column(name);
                if (value.isContainerNode()) {
                    throw file.bad(
                            line, "%s is %s; it must be a text or a number".formatted(name, kind(value.asToken())));
                }
                values[i] = value.isNull() ? null : whole(file, line, name, value.asText());
            }
            return values;
        }

        /** A column that holds a list of texts or numbers. */
        List<String> list(String name) {
            JsonNode value = column(name);
            if (!value.isArray()) {
                throw file.bad(
                        line,
                        "%s is %s; it must be a list with a text for each word".formatted(name, kind(value.asToken())));
            }
            List<String> list = new ArrayList<>(value.size());
            for (JsonNode item : value) {
                if (item.isNull() || item.isContainerNode()) {
                    throw file.bad(
                            line,
                            "%s has %s at %d; it must be a text or a number"
                                    .formatted(name, kind(item.asToken()), list.size()));
                }
                list.add(whole(file, line, name, item.asText()));
            }
            return list;
        }

        private JsonNode column(String name) {
            JsonNode value = json.get(name);
            if (value == null) {
                List<String> there = new ArrayList<>();
                json.fieldNames().forEachRemaining(there::add);
                throw Header.missing(file, columns, name, there, ", line " + line);
            }
            return value;
        }
    }

    /** JSON's escapes can write half of a surrogate pair, which is no character. */
    static String whole(DataFile file, long line, String name, String text) {
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

    static String kind(JsonToken token) {
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
