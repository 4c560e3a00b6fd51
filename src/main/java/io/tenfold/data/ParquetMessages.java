package io.tenfold.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.FieldAccessor;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqStruct;
import dev.hardwood.schema.SchemaNode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parquet rows with a column that is a list of messages: objects with texts, numbers and booleans. */
final class ParquetMessages {

    private final DataFile file;
    private final String column;
    private final List<SchemaNode> fields;

    private ParquetMessages(DataFile file, String column, SchemaNode node) {
        this.file = file;
        this.column = column;
        if (!(node instanceof SchemaNode.GroupNode list
                && list.isList()
                && list.getListElement() instanceof SchemaNode.GroupNode message
                && message.isStruct())) {
            throw file.bad("column %s is no list of messages; it must be a list of objects with role and content"
                    .formatted(column));
        }
        fields = message.children();
    }

    /** @param columns the first of which is the list; the others hold texts */
    static void read(DataFile file, Columns columns, FlatRows.Sink sink) {
        try (ParquetFileReader reader = ParquetRows.open(file);
                RowReader rows = ParquetRows.rows(file, columns, reader)) {
            List<String> names = columns.names();
            ParquetMessages messages = new ParquetMessages(
                    file, names.getFirst(), reader.getFileSchema().getField(names.getFirst()));
            List<SchemaNode> others = names.stream()
                    .skip(1)
                    .map(name -> reader.getFileSchema().getField(name))
                    .toList();
            long number = 0;
            while (ParquetRows.advance(file, rows)) {
                number++;
                sink.row(number, messages.row(number, rows, others));
            }
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    // As in ParquetRows: what the reader throws is the file's fault, and the sink's work stays outside.
    private JsonNode row(long number, RowReader rows, List<SchemaNode> others) {
        try {
            ObjectNode row = JsonNodeFactory.instance.objectNode();
            row.set(column, rows.isNull(column) ? null : list(number, rows.getList(column)));
            for (SchemaNode other : others) {
                row.set(other.name(), value(number, rows, other, other.name()));
            }
            return row;
        } catch (CharacterCodingException e) {
            throw file.bad(number, "%s is not UTF-8".formatted(column));
        } catch (JobException e) {
            throw e;
        } catch (RuntimeException e) {
            throw ParquetRows.broken(file, "broken Parquet file", e);
        }
    }

    private ArrayNode list(long number, PqList list) throws CharacterCodingException {
        ArrayNode messages = JsonNodeFactory.instance.arrayNode();
        for (PqStruct struct : list.structs()) {
            if (struct == null) {
                messages.addNull();
                continue;
            }
            ObjectNode message = messages.addObject();
            for (SchemaNode field : fields) {
                JsonNode value = value(number, struct, field, column + "." + field.name());
                // Every message has every field of the schema: what is null stands for what is not there.
                if (value != null) {
                    message.set(field.name(), value);
                }
            }
        }
        return messages;
    }

    private @Nullable JsonNode value(long number, FieldAccessor row, SchemaNode field, String shown)
            throws CharacterCodingException {
        if (row.isNull(field.name())) {
            return null;
        }
        if (!(field instanceof SchemaNode.PrimitiveNode one) || one.maxRepetitionLevel() > fieldDepth(field)) {
            throw file.bad(
                    number,
                    "%s holds lists or objects, which are read from jsonl and json alone; save the file so"
                            .formatted(shown));
        }
        return switch (one.type()) {
            case BYTE_ARRAY -> JsonNodeFactory.instance.textNode(ParquetRows.utf8(row.getBinary(field.name())));
            case BOOLEAN -> JsonNodeFactory.instance.booleanNode(row.getBoolean(field.name()));
            case INT32, INT64 -> JsonNodeFactory.instance.numberNode(((Number) row.getValue(field.name())).longValue());
            case FLOAT, DOUBLE ->
                JsonNodeFactory.instance.numberNode(((Number) row.getValue(field.name())).doubleValue());
            case INT96, FIXED_LEN_BYTE_ARRAY ->
                throw file.bad(number, "%s is %s; it must be a text or a number".formatted(shown, one.type()));
        };
    }

    /** How many lists lie around a field: one around a message's. */
    private int fieldDepth(SchemaNode field) {
        return fields.contains(field) ? 1 : 0;
    }
}
