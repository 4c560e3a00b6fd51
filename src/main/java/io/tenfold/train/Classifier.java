package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.data.Batch;
import io.tenfold.data.EncodedRow;
import io.tenfold.data.EncodedWords;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.HeadSpec;
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

/** A network with its way of scoring: texts in, labels or numbers out; or words in, tags out. */
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

    /** A word's tag and its probability. */
    public record Tag(String label, double score) {}

    /** @param tags one a word; null for a word without a token: cut off, or nothing to the tokenizer */
    public record Tagged(List<@Nullable Tag> tags, boolean truncated) {}

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
        int best = best(logits);
        return new Labelled(scoring.head().labels().get(best), probability(logits, best), logits, truncated);
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int c = 1; c < logits.length; c++) {
            best = logits[c] > logits[best] ? c : best;
        }
        return best;
    }

    private static double probability(float[] logits, int of) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - logits[of]);
        }
        return 1 / sum;
    }

    /** Whether it tags words, by {@link #tag}, and does not label texts. */
    public boolean tagging() {
        return scoring.head().kind() == HeadSpec.Kind.TOKENS;
    }

    /** Tags the words of rows, in their order. */
    public List<Tagged> tag(List<List<String>> rows) {
        List<Tagged> tagged = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += BATCH) {
            tagged.addAll(tagBatch(rows.subList(from, Math.min(rows.size(), from + BATCH))));
        }
        return tagged;
    }

    private List<Tagged> tagBatch(List<List<String>> rows) {
        List<EncodedWords> encoded = rows.stream()
                .map(words -> scoring.encoder().encodeWords(words, maxLength))
                .toList();
        TokenizedSet set = TokenizedSet.untagged(encoded);
        try (Recording _ = Recording.off();
                NDManager scope = backend.scope()) {
            Batch batch = Batch.of(scope, set, IntStream.range(0, set.size()).toArray());
            float[][] logits = Predictions.perRow(scoring.forward().logits(batch, false), batch);
            return IntStream.range(0, rows.size())
                    .mapToObj(row -> tagged(logits[row], encoded.get(row)))
                    .toList();
        }
    }

    private Tagged tagged(float[] logits, EncodedWords encoded) {
        int width = scoring.head().outputs();
        List<@Nullable Tag> tags = new ArrayList<>();
        int from = 0;
        for (int place : encoded.places()) {
            if (place < 0) {
                tags.add(null);
            } else {
                float[] ofWord = Arrays.copyOfRange(logits, from, from + width);
                int best = best(ofWord);
                tags.add(new Tag(scoring.head().labels().get(best), probability(ofWord, best)));
                from += width;
            }
        }
        return new Tagged(tags, encoded.row().truncated());
    }

    @Override
    public void close() {
        scoring.network().close();
    }
}
