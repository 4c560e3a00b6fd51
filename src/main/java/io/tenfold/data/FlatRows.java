package io.tenfold.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Rows of CSV, TSV and Parquet files as JSON objects, for those who read the rows of language models. */
final class FlatRows {

    private FlatRows() {}

    /** Takes a row and the line where it begins. */
    @FunctionalInterface
    interface Sink {
        void row(long line, JsonNode row);
    }

    /**
     * Hands every row to {@code sink}, in file order.
     *
     * @param columns {@link Columns#flat}: those that are read
     * @param nested whether the first of them is a list of messages, which Parquet alone holds
     */
    static void read(DataFile file, Columns columns, boolean nested, Sink sink) {
        if (nested) {
            if (file.format() != DataFormat.PARQUET) {
                throw file.notFor("which holds no lists of messages; save them as jsonl, json or parquet");
            }
            ParquetMessages.read(file, columns, sink);
            return;
        }
        List<String> names = columns.names();
        RowSink flat = (line, values) -> {
            ObjectNode row = JsonNodeFactory.instance.objectNode();
            for (int i = 0; i < values.length; i++) {
                row.put(names.get(i), values[i]);
            }
            sink.row(line, row);
        };
        switch (file.format()) {
            case CSV -> CsvRows.read(file, columns, flat);
            case TSV -> TsvRows.read(file, columns, flat);
            default -> ParquetRows.read(file, columns, flat);
        }
    }
}
