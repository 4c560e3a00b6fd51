package io.tenfold.data;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Comma-separated values (RFC 4180) with a header row. Blank lines are skipped unless there is one column alone. */
final class CsvRows {

    private static final Pattern LINE = Pattern.compile("line (\\d+)");

    private CsvRows() {}

    private static CsvReader<CsvRecord> open(DataFile file) {
        return CsvReader.builder()
                .commentStrategy(CommentStrategy.NONE)
                .skipEmptyLines(false)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .ofCsvRecord(Utf8Reader.open(file));
    }

    /** The columns' names. */
    static List<String> header(DataFile file) {
        try (CsvReader<CsvRecord> reader = open(file)) {
            Iterator<CsvRecord> records = reader.iterator();
            return records.hasNext() ? records.next().getFields() : List.of();
        } catch (CsvParseException e) {
            throw broken(file, 0, e);
        } catch (UncheckedIOException e) {
            throw Utf8Reader.unreadable(file, e);
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    static void read(DataFile file, Columns columns, RowSink sink) {
        long line = 0;
        try (CsvReader<CsvRecord> reader = open(file)) {
            Iterator<CsvRecord> records = reader.iterator();
            if (!records.hasNext()) {
                return;
            }
            List<String> header = records.next().getFields();
            line = 1;
            int[] places = Header.places(file, columns, header);
            while (records.hasNext()) {
                CsvRecord row = records.next();
                line = row.getStartingLineNumber();
                row(file, header, places, row, sink);
            }
        } catch (CsvParseException e) {
            throw broken(file, line, e);
        } catch (UncheckedIOException e) {
            throw Utf8Reader.unreadable(file, e);
        } catch (IOException e) {
            throw Utf8Reader.unreadable(file, e);
        }
    }

    private static void row(DataFile file, List<String> header, int[] places, CsvRecord row, RowSink sink) {
        List<String> fields = row.getFields();
        boolean blank = fields.size() == 1 && fields.getFirst().isEmpty();
        if (blank && header.size() > 1) {
            return;
        }
        if (fields.size() != header.size()) {
            throw file.bad(
                    row.getStartingLineNumber(),
                    "%d fields, but the header has %d; a field that holds a comma, a quote or a line break is written in quotes"
                            .formatted(fields.size(), header.size()));
        }
        @Nullable String[] values = new String[places.length];
        for (int i = 0; i < places.length; i++) {
            values[i] = fields.get(places[i]);
        }
        sink.row(row.getStartingLineNumber(), values);
    }

    /** FastCSV's message names the line that the record began in, its cause says what is wrong there. */
    private static JobException broken(DataFile file, long last, CsvParseException e) {
        Throwable cause = e.getCause();
        if (cause instanceof JobException refused) {
            return refused;
        }
        String message = String.valueOf(e.getMessage());
        Matcher matcher = LINE.matcher(message);
        long line = matcher.find() ? Long.parseLong(matcher.group(1)) : last + 1;
        String what = cause == null ? message : String.valueOf(cause.getMessage());
        return file.bad(line, "broken quoting: %s; a quote inside a quoted field is doubled".formatted(what));
    }
}
