package io.tenfold.train.writing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.StopCheck;
import io.tenfold.model.Generation;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.TokenRows;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Lets a decoder write on from prompts. What a row gets does not depend on the rows beside it, but for the last bits of its
 * logits; its draws follow from the seed and its number. One thread uses it.
 */
public final class TextWriter {

    private final Network network;
    private final Backend backend;
    private final Function<int[], String> decoder;
    private final Sampling sampling;
    private final int atOnce;
    private final TokenDraw draw;

    /**
     * A writer; the network stays the caller's.
     *
     * @param decoder makes a text of token ids, as a tokenizer of Transformers does; is asked for a few ids again and again
     * @param atOnce the most rows that are written together: each takes memory for the keys and values of all its tokens
     */
    public TextWriter(
            Network network, Backend backend, Function<int[], String> decoder, Sampling sampling, int atOnce) {
        if (atOnce < 1) {
            throw new IllegalArgumentException("atOnce is %d; at least 1 row must be written".formatted(atOnce));
        }
        this.network = network;
        this.backend = backend;
        this.decoder = decoder;
        this.sampling = sampling;
        this.atOnce = atOnce;
        draw = new TokenDraw(sampling);
    }

    /**
     * Writes on from each prompt, the longest first.
     *
     * @param prompts token ids of each row; none may be empty
     * @param pieces hears the texts while they grow
     * @return what was written, in the prompts' order
     * @throws IllegalArgumentException where a prompt is empty
     * @throws IllegalStateException where the model writes no text
     * @throws JobException bad_model where the model's logits are no numbers
     */
    public List<Written> write(int[][] prompts, Pieces pieces) {
        for (int number = 0; number < prompts.length; number++) {
            if (prompts[number].length == 0) {
                throw new IllegalArgumentException(
                        "prompt %d has no tokens; begin it with the model's first token".formatted(number));
            }
        }
        int room = network.maxPositions() - network.virtualTokens();
        List<Row> rows = IntStream.range(0, prompts.length)
                .mapToObj(number -> {
                    GrowingText text = new GrowingText(decoder, sampling.stop(), piece -> pieces.heard(number, piece));
                    return new Row(number, prompts[number], sampling, room, text);
                })
                .toList();
        List<Row> falling = rows.stream()
                .filter(Row::open)
                .sorted(Comparator.comparingInt(row -> -row.prompt().length))
                .toList();
        for (int from = 0; from < falling.size(); from += atOnce) {
            writeTogether(falling.subList(from, Math.min(falling.size(), from + atOnce)), room);
        }
        return rows.stream().map(Row::written).toList();
    }

    /** The same where nobody listens. */
    public List<Written> write(int[][] prompts) {
        return write(prompts, Pieces.UNHEARD);
    }

    private void writeTogether(List<Row> rows, int room) {
        int[][] prompts = rows.stream().map(Row::prompt).toArray(int[][]::new);
        // The last token of a row is never read.
        int capacity = (int) Math.min(room, prompts[0].length + sampling.maxNewTokens() - 1L);
        try (NDManager scope = backend.scope();
                Generation generation = network.start(TokenRows.of(scope, prompts, null), capacity)) {
            List<Row> open = rows;
            while (true) {
                StopCheck.ask();
                int[] tokens = next(generation.logits(), open);
                for (int i = 0; i < tokens.length; i++) {
                    open.get(i).take(tokens[i]);
                }
                List<Row> all = open;
                int[] staying = IntStream.range(0, tokens.length)
                        .filter(i -> all.get(i).open())
                        .toArray();
                if (staying.length == 0) {
                    return;
                }
                if (staying.length < tokens.length) {
                    generation.keep(staying);
                    open = IntStream.of(staying).mapToObj(all::get).toList();
                }
                generation.step(IntStream.of(staying).map(i -> tokens[i]).toArray());
            }
        }
    }

    /** The next token of each row. */
    private int[] next(NDArray logits, List<Row> rows) {
        float[] highest = logits.max(new int[] {1}).toFloatArray();
        for (float one : highest) {
            if (!Float.isFinite(one)) { // The highest of numbers among which NaN is, is NaN.
                throw new JobException(
                        ErrorCode.BAD_MODEL,
                        "model",
                        "the model's highest logit is %s; its weights are broken, or training diverged: take another checkpoint"
                                .formatted(one));
            }
        }
        if (sampling.isGreedy()) {
            return Arrays.stream(logits.argMax(1).toLongArray())
                    .mapToInt(Math::toIntExact)
                    .toArray();
        }
        float[] all = logits.toFloatArray();
        int vocabulary = all.length / rows.size();
        int[] tokens = new int[rows.size()];
        for (int row = 0; row < tokens.length; row++) {
            float[] own = Arrays.copyOfRange(all, row * vocabulary, (row + 1) * vocabulary);
            tokens[row] = draw.token(own, rows.get(row).draw());
        }
        return tokens;
    }
}
