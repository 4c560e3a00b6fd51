package io.tenfold.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.data.Targets;
import io.tenfold.data.TokenizedSet;
import io.tenfold.data.Words;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
        for (int row = 0; row < Math.min(validation.size(), most); row++) {
            ObjectNode line = JSON.createObjectNode();
            if (!scored.field().isEmpty()) {
                line.put(scored.field(), rows.name());
            }
            line.put("row", row);
            switch (scored.predicted()) {
                case Predictions outputs -> putPrediction(line, outputs, validation, row);
                case WordPredictions words -> {
                    long tokens = validation.trained(row);
                    line.put("loss", words.losses()[row] / Math.max(1, tokens)).put("tokens", tokens);
                    WordPredictions.Answers written = words.written();
                    if (written != null && row < written.texts().size()) {
                        line.put("generated", written.texts().get(row));
                    }
                }
                case PreferencePredictions preferences -> {
                    PreferenceLoss loss = preferences.losses().get(row);
                    line.put("loss", loss.loss())
                            .put("chosen", preferences.pairs().get(row).chosen())
                            .put("rejected", preferences.pairs().get(row).rejected())
                            .put("margin", loss.margin());
                }
            }
            out.write(JSON.writeValueAsString(line));
            out.write('\n');
        }
    }

    private static void putPrediction(ObjectNode line, Predictions predictions, TokenizedSet set, int row) {
        float[] logits = predictions.logits()[row];
        switch (set.targets()) {
            case Targets.Classes(List<String> names) ->
                line.put("label", names.get(set.label(row)))
                        .put("predicted", names.get(predictions.predicted(row)))
                        .set("logits", JSON.valueToTree(logits));
            case Targets.Numbers _ ->
                line.put("label", set.score(row)).put("predicted", logits[0]).set("logits", JSON.valueToTree(logits));
            case Targets.Tags(List<String> names) -> putTags(line, predictions, set, names, row);
            case Targets.Language _, Targets.Preference _ ->
                throw new IllegalArgumentException("a head for labels does not learn a language");
            case Targets.None _ -> throw new IllegalArgumentException("rows without labels are not scored");
        }
    }

    /** One entry a word; null where a word has no token that could say something. Logits would be many, and are left out. */
    private static void putTags(
            ObjectNode line, Predictions predictions, TokenizedSet set, List<String> names, int row) {
        Words words = set.words(row);
        int[] predicted = predictions.predictedTags(set, row);
        ArrayNode labels = line.putArray("labels");
        ArrayNode said = line.putArray("predicted");
        int counted = 0;
        for (int word = 0; word < words.places().length; word++) {
            labels.add(names.get(words.tags()[word]));
            said.add(words.places()[word] < 0 ? null : names.get(predicted[counted++]));
        }
    }
}
