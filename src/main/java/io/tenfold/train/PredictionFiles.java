package io.tenfold.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.data.TokenizedSet;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** What was predicted of the validation rows, a JSON line for each. */
public final class PredictionFiles {

    /** The file's name. */
    public static final String NAME = "predictions-validation.jsonl";

    private static final ObjectMapper JSON = new ObjectMapper();

    private PredictionFiles() {}

    /** Writes the first rows of each set; {@code most} of them at most. */
    static void write(Path folder, Scored scored, int most) {
        try (BufferedWriter out = Files.newBufferedWriter(folder.resolve(NAME))) {
            for (Scored.Rows rows : scored.sets()) {
                write(out, rows, most);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the predictions can't be written to " + folder, e);
        }
    }

    private static void write(BufferedWriter out, Scored.Rows scored, int most) throws IOException {
        TaskRows rows = scored.rows();
        TokenizedSet validation = Objects.requireNonNull(rows.validation());
        Predictions predictions = scored.predictions();
        for (int row = 0; row < Math.min(validation.size(), most); row++) {
            ObjectNode line = JSON.createObjectNode();
            if (!scored.field().isEmpty()) {
                line.put(scored.field(), rows.name());
            }
            line.put("row", row);
            if (rows.task().regression()) {
                line.put("label", validation.score(row))
                        .put("predicted", predictions.logits()[row][0]);
            } else {
                line.put("label", rows.labels().get(validation.label(row)))
                        .put("predicted", rows.labels().get(predictions.predicted(row)));
            }
            line.set("logits", JSON.valueToTree(predictions.logits()[row]));
            out.write(JSON.writeValueAsString(line));
            out.write('\n');
        }
    }
}
