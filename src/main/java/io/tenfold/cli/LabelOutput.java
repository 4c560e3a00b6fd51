package io.tenfold.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.worker.Predictor.Prediction;
import io.tenfold.worker.Predictor.TextRow;
import java.io.PrintStream;
import java.util.List;

/** Prints the labels, or numbers, of rows. */
final class LabelOutput {

    private LabelOutput() {}

    /** @param json a JSON line for each row; else columns: label, score, logits, text */
    static void print(PrintStream out, List<TextRow> rows, List<Prediction> predictions, boolean json) {
        if (json) {
            predictions.forEach(prediction -> out.println(line(rows.get(prediction.row()), prediction)));
            return;
        }
        int width = predictions.stream()
                .mapToInt(prediction -> labelOf(prediction).length())
                .max()
                .orElse(0);
        for (Prediction prediction : predictions) {
            StringBuilder logits = new StringBuilder();
            for (float logit : prediction.logits()) {
                logits.append(logits.isEmpty() ? "" : " ").append("%.3f".formatted(logit));
            }
            out.printf(
                    "%-" + Math.max(1, width) + "s  %.4f  [%s]  %s%n",
                    labelOf(prediction),
                    prediction.score(),
                    logits,
                    rows.get(prediction.row()).text());
        }
    }

    private static String labelOf(Prediction prediction) {
        return prediction.label() == null ? "" : prediction.label();
    }

    private static String line(TextRow row, Prediction prediction) {
        ObjectNode line = Json.MAPPER.createObjectNode().put("row", prediction.row());
        line.put("text", row.text());
        if (row.text2() != null) {
            line.put("text2", row.text2());
        }
        if (prediction.label() != null) {
            line.put("label", prediction.label());
        }
        line.put("score", prediction.score());
        ArrayNode logits = line.putArray("logits");
        for (float logit : prediction.logits()) {
            logits.add(logit);
        }
        if (prediction.truncated()) {
            line.put("truncated", true);
        }
        return Json.line(line);
    }
}
