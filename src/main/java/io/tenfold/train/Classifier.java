package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.data.Batch;
import io.tenfold.data.EncodedRow;
import io.tenfold.data.TokenizedSet;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Recording;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A network with its way of scoring: texts in, labels or numbers out. */
public final class Classifier implements AutoCloseable {

    private static final int BATCH = 32;

    private final Scoring scoring;
    private final int maxLength;
    private final Backend backend;

    private Classifier(Scoring scoring, int maxLength, Backend backend) {
        this.scoring = scoring;
        this.maxLength = maxLength;
        this.backend = backend;
    }

    /** Texts of a row; {@code text2} is null where there is one. */
    public record Row(String text, @Nullable String text2) {}

    /** @param label the class; null for a regression, whose number is {@code score} */
    public record Labelled(@Nullable String label, double score, float[] logits, boolean truncated) {}

    /**
     * Takes over the network; what encodes the rows stays the caller's.
     *
     * @param artifact rows are cut where its {@code request.json} says, else where the model's positions end
     */
    public static Classifier of(Scoring scoring, Path artifact, TrainingSession session) {
        int room = scoring.network().maxPositions() - scoring.network().virtualTokens();
        return new Classifier(scoring, Math.min(trainedLength(artifact), room), session.backend());
    }

    private static int trainedLength(Path artifact) {
        Path request = artifact.resolve("request.json");
        if (!Files.exists(request)) {
            return Integer.MAX_VALUE;
        }
        try {
            JsonNode length = JsonFile.read(request).path("training").path("max_length");
            return length.asInt(128);
        } catch (IOException e) {
            throw new UncheckedIOException(request + " can't be read", e);
        }
    }

    /** Labels rows, in their order. */
    public List<Labelled> label(List<Row> rows) {
        List<Labelled> labelled = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += BATCH) {
            labelled.addAll(batch(rows.subList(from, Math.min(rows.size(), from + BATCH))));
        }
        return labelled;
    }

    private List<Labelled> batch(List<Row> rows) {
        boolean pairs = rows.getFirst().text2() != null;
        List<EncodedRow> encoded = scoring.encoder()
                .encode(
                        rows.stream().map(Row::text).toList(),
                        pairs
                                ? rows.stream()
                                        .map(row -> String.valueOf(row.text2()))
                                        .toList()
                                : null,
                        maxLength);
        TokenizedSet set = TokenizedSet.unlabelled(encoded);
        int[] all = IntStream.range(0, set.size()).toArray();
        try (Recording _ = Recording.off();
                NDManager scope = backend.scope()) {
            NDArray outputs = scoring.forward().logits(Batch.of(scope, set, all), false);
            float[] flat = outputs.toFloatArray();
            int width = flat.length / rows.size();
            List<Labelled> labelled = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                float[] logits = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
                labelled.add(labelled(logits, encoded.get(i).truncated()));
            }
            return labelled;
        }
    }

    private Labelled labelled(float[] logits, boolean truncated) {
        if (scoring.head().regression()) {
            return new Labelled(null, logits[0], logits, truncated);
        }
        int best = 0;
        double sum = 0;
        for (int c = 0; c < logits.length; c++) {
            best = logits[c] > logits[best] ? c : best;
        }
        for (float logit : logits) {
            sum += Math.exp(logit - logits[best]);
        }
        return new Labelled(scoring.head().labels().get(best), 1 / sum, logits, truncated);
    }

    @Override
    public void close() {
        scoring.network().close();
    }
}
