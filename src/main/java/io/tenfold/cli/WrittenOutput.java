package io.tenfold.cli;

import io.tenfold.worker.Manner;
import io.tenfold.worker.Opened;
import io.tenfold.worker.Predictor.TextRow;
import io.tenfold.worker.WrittenText;
import java.io.PrintStream;
import java.util.List;

/** Prints what was written after rows. */
final class WrittenOutput {

    private WrittenOutput() {}

    /** Writes on from an only row, and prints the text while it grows. */
    static void stream(PrintStream out, Opened opened, TextRow row, Manner manner) {
        opened.write(List.of(row), manner, (text, _) -> {
            out.print(text);
            out.flush();
        });
        out.println();
    }

    /** Writes on from rows. */
    static List<WrittenText> of(Opened opened, List<TextRow> rows, Manner manner) {
        return opened.write(rows, manner);
    }

    /** @param json a JSON line for each row; else the row behind {@code >}, its text, and a blank line between rows */
    static void print(PrintStream out, List<TextRow> rows, List<WrittenText> texts, boolean json) {
        for (WrittenText text : texts) {
            String asked = rows.get(text.row()).text();
            if (json) {
                out.println(Json.line(Json.MAPPER
                        .createObjectNode()
                        .put("row", text.row())
                        .put("text", asked)
                        .put("generated", text.generated())
                        .put("ended", text.ended())));
            } else {
                out.println((text.row() > 0 ? System.lineSeparator() : "") + "> " + asked);
                out.println(text.generated());
            }
        }
    }
}
