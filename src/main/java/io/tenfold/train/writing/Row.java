package io.tenfold.train.writing;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A prompt and what is written after it. */
final class Row {

    private final int[] prompt;
    private final Sampling sampling;
    private final int room;
    private final SplittableRandom random;
    private final GrowingText text;
    private final List<Integer> tokens = new ArrayList<>();
    private @Nullable Ending ended;

    /**
     * A row without new tokens.
     *
     * @param number of the row, which its draws depend on
     * @param room the most tokens that a row may have
     */
    Row(int number, int[] prompt, Sampling sampling, int room, GrowingText text) {
        this.prompt = prompt;
        this.sampling = sampling;
        this.room = room;
        this.text = text;
        random = new SplittableRandom(new SplittableRandom(sampling.seed()).nextLong() + number);
        if (prompt.length > room) {
            ended = Ending.NO_ROOM;
        }
    }

    int[] prompt() {
        return prompt;
    }

    /** Evenly from [0, 1); one draw for each token. */
    double draw() {
        return random.nextDouble();
    }

    /** Whether another token may follow. */
    boolean open() {
        return ended == null;
    }

    /** Takes the next token of an open row. */
    void take(int token) {
        tokens.add(token);
        if (sampling.endTokens().contains(token)) {
            end(Ending.END_TOKEN);
        } else if (text.add(token)) {
            ended = Ending.STOP_STRING;
        } else if (tokens.size() == sampling.maxNewTokens()) {
            end(Ending.MAX_TOKENS);
        } else if (prompt.length + tokens.size() > room) {
            end(Ending.NO_ROOM); // The last token stands in the row, but there is no position to read it at.
        }
    }

    private void end(Ending ending) {
        ended = text.end() ? Ending.STOP_STRING : ending;
    }

    /** @throws IllegalStateException while the row is open */
    Written written() {
        if (ended == null) {
            throw new IllegalStateException("the row is not written to its end");
        }
        return new Written(tokens, text.text(), ended);
    }
}
