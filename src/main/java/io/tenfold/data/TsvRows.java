package io.tenfold.data;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tab-separated values with a header row and no quoting. Blank lines are skipped unless there is one column alone. */
final class TsvRows {

    private TsvRows() {}

    /** The columns' names. */
    static List<String> header(DataFile file) {
        try (TextLines lines = new TextLines(file)) {
            String first = lines.next();
            return first == null ? List.of() : List.of(first.split("\t", -1));
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    static void read(DataFile file, Columns columns, RowSink sink) {
        try (TextLines lines = new TextLines(file)) {
            String first = lines.next();
            if (first == null) {
                return;
            }
            List<String> header = List.of(first.split("\t", -1));
            int[] places = Header.places(file, columns, header);
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.isEmpty() && header.size() > 1) {
                    continue;
                }
                String[] fields = line.split("\t", -1);
                if (fields.length != header.size()) {
                    throw file.bad(
                            lines.number(),
                            "%d fields, but the header has %d; TSV has no quoting, so a text can't hold a tab (use CSV or JSON Lines for such texts)"
                                    .formatted(fields.length, header.size()));
                }
                @Nullable String[] values = new String[places.length];
                for (int i = 0; i < places.length; i++) {
                    values[i] = fields[places[i]];
                }
                sink.row(lines.number(), values);
            }
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }
}
