package io.tenfold.data;

import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.FileSchema;
import dev.hardwood.schema.SchemaNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Apache Parquet. A wanted column is flat: a text, a number or a boolean; of tagged words it is a list of such. */
final class ParquetRows {

    private ParquetRows() {}

    /** The columns' names. */
    static List<String> header(DataFile file) {
        try (ParquetFileReader reader = open(file)) {
            return reader.getFileSchema().getRootNode().children().stream()
                    .map(SchemaNode::name)
                    .toList();
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    static void read(DataFile file, Columns columns, RowSink sink) {
        List<String> names = columns.names();
        try (ParquetFileReader reader = open(file);
                RowReader rows = rows(file, columns, reader)) {
            boolean[] texts = texts(file, names, reader.getFileSchema());
            long number = 0;
            while (advance(file, rows)) {
                number++;
                @Nullable String[] values = new String[texts.length];
                for (int i = 0; i < texts.length; i++) {
                    values[i] = value(file, number, rows, names.get(i), texts[i]);
                }
                sink.row(number, values);
            }
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    /** Rows of words and tags: columns that are lists of texts or numbers. */
    static void readLists(DataFile file, Columns columns, Consumer<Sentence> sink) {
        try (ParquetFileReader reader = open(file);
                RowReader rows = rows(file, columns, reader)) {
            for (String name : columns.names()) {
                checkList(file, reader.getFileSchema().getField(name));
            }
            String label = columns.label();
            long number = 0;
            while (advance(file, rows)) {
                number++;
                List<String> tokens = list(file, number, rows, columns.text());
                sink.accept(new Sentence(tokens, label == null ? null : list(file, number, rows, label), number));
            }
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    private static void checkList(DataFile file, SchemaNode node) {
        if (!(node instanceof SchemaNode.GroupNode group && group.isList())) {
            throw file.bad("column %s is no list; it must be a list with a text for each word".formatted(node.name()));
        }
        if (!(group.getListElement() instanceof SchemaNode.PrimitiveNode)) {
            throw file.bad("column %s is a list of lists or objects; it must be a list with a text for each word"
                    .formatted(node.name()));
        }
    }

    private static List<String> list(DataFile file, long number, RowReader rows, String name) {
        List<String> list = new ArrayList<>();
        try {
            PqList values = rows.isNull(name) ? null : rows.getList(name);
            if (values == null) {
                throw file.bad(number, "%s is null; leave the row out or fill it in".formatted(name));
            }
            for (Object value : values.values()) {
                if (value == null) {
                    throw file.bad(number, "%s has a null at %d".formatted(name, list.size()));
                }
                list.add(value instanceof byte[] bytes ? utf8(bytes) : value.toString());
            }
            return list;
        } catch (CharacterCodingException e) {
            throw file.bad(number, "%s is not UTF-8".formatted(name));
        } catch (JobException e) {
            throw e;
        } catch (RuntimeException e) {
            throw broken(file, "broken Parquet file", e);
        }
    }

    static String utf8(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    // The reader meets bytes from outside: whatever it throws at them, the file is at fault. So every call of it that
    // reads stands alone in a try, apart from the sink's work.

    static ParquetFileReader open(DataFile file) throws IOException {
        if (Files.size(file.path()) == 0) {
            throw file.bad("the file is empty (0 bytes)");
        }
        try {
            return ParquetFileReader.open(new ParquetBytes(file.path()));
        } catch (IOException | RuntimeException e) {
            throw broken(file, "not a Parquet file", e);
        }
    }

    static RowReader rows(DataFile file, Columns columns, ParquetFileReader reader) {
        FileSchema schema = reader.getFileSchema();
        Header.places(
                file,
                columns,
                schema.getRootNode().children().stream().map(SchemaNode::name).toList());
        try {
            return reader.buildRowReader()
                    .projection(ColumnProjection.columns(columns.names().toArray(String[]::new)))
                    .build();
        } catch (RuntimeException e) {
            throw broken(file, "broken Parquet file", e);
        }
    }

    static boolean advance(DataFile file, RowReader rows) {
        try {
            if (!rows.hasNext()) {
                return false;
            }
            rows.next();
            return true;
        } catch (RuntimeException e) {
            throw broken(file, "broken Parquet file", e);
        }
    }

    static JobException broken(DataFile file, String what, Exception e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String why = Shown.value(String.valueOf(root.getMessage()), 200);
        return new JobException(
                ErrorCode.BAD_DATA, file.param(), "%s: %s: %s".formatted(file.location(), what, why), e);
    }

    /** Which of the wanted columns hold texts; the others are numbers or booleans. */
    private static boolean[] texts(DataFile file, List<String> names, FileSchema schema) {
        boolean[] texts = new boolean[names.size()];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = type(file, schema.getField(names.get(i))) == PhysicalType.BYTE_ARRAY;
        }
        return texts;
    }

    private static PhysicalType type(DataFile file, SchemaNode node) {
        if (!(node instanceof SchemaNode.PrimitiveNode column) || column.maxRepetitionLevel() > 0) {
            throw file.bad("column %s is nested; it must be a text or a number".formatted(node.name()));
        }
        return switch (column.type()) {
            case BOOLEAN, INT32, INT64, FLOAT, DOUBLE, BYTE_ARRAY -> column.type();
            case INT96, FIXED_LEN_BYTE_ARRAY ->
                throw file.bad("column %s is %s; it must be a text or a number".formatted(node.name(), column.type()));
        };
    }

    private static @Nullable String value(DataFile file, long number, RowReader rows, String name, boolean text) {
        try {
            if (rows.isNull(name)) {
                return null;
            }
            if (!text) {
                return String.valueOf(rows.getValue(name));
            }
            return utf8(rows.getBinary(name));
        } catch (CharacterCodingException e) {
            throw file.bad(number, "%s is not UTF-8".formatted(name));
        } catch (RuntimeException e) {
            throw broken(file, "broken Parquet file", e);
        }
    }
}
