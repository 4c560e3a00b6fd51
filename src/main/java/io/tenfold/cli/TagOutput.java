package io.tenfold.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.worker.TagPrediction;
import java.io.PrintStream;
import java.util.List;

/** Prints the tags of words. */
final class TagOutput {

    private TagOutput() {}

    /** @param json a JSON line for each row; else a line for each word, and a blank one between rows */
    static void print(PrintStream out, List<TagPrediction> predictions, boolean json) {
        for (TagPrediction prediction : predictions) {
            if (json) {
                out.println(line(prediction));
            } else {
                if (prediction.row() > 0) {
                    out.println();
                }
                words(out, prediction);
            }
        }
    }

    private static void words(PrintStream out, TagPrediction prediction) {
        int width = prediction.words().stream()
                .mapToInt(word -> word.text().length())
                .max()
                .orElse(1);
        for (TagPrediction.Word word : prediction.words()) {
            String padded = ("%-" + Math.max(1, width) + "s").formatted(word.text());
            out.println(
                    word.tag() == null
                            ? padded + "  (no token)"
                            : "%s  %.4f  %s".formatted(padded, word.score(), word.tag()));
        }
    }

    private static String line(TagPrediction prediction) {
        ObjectNode line = Json.MAPPER.createObjectNode().put("row", prediction.row());
        ArrayNode tokens = line.putArray("tokens");
        ArrayNode labels = line.putArray("labels");
        ArrayNode scores = line.putArray("scores");
        for (TagPrediction.Word word : prediction.words()) {
            tokens.add(word.text());
            labels.add(word.tag());
            if (word.tag() == null) {
                scores.addNull();
            } else {
                scores.add(word.score());
            }
        }
        ArrayNode spans = line.putArray("spans");
        for (TagPrediction.Span span : prediction.spans()) {
            spans.addObject()
                    .put("type", span.type())
                    .put("start", span.start())
                    .put("end", span.end())
                    .put("text", span.text())
                    .put("score", span.score());
        }
        if (prediction.truncated()) {
            line.put("truncated", true);
        }
        return Json.line(line);
    }
}
