package io.tenfold.worker;

import io.tenfold.train.Speaker;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How texts are written on, as whoever asks says it; see {@link Speaker.Manner}.
 *
 * @param system what the system says before conversations that have no such message; null: nothing
 * @param raw whether texts stand as they are, though the model has a chat template
 */
public record Manner(
        int maxNewTokens,
        double temperature,
        int topK,
        double topP,
        long seed,
        List<String> stop,
        @Nullable String system,
        boolean raw) {

    /** @throws IllegalArgumentException where a value makes no sense */
    public Manner {
        stop = List.copyOf(stop);
        var _ = new Speaker.Manner(maxNewTokens, temperature, topK, topP, seed, stop, system, raw);
    }

    Speaker.Manner ofSpeaker() {
        return new Speaker.Manner(maxNewTokens, temperature, topK, topP, seed, stop, system, raw);
    }
}
