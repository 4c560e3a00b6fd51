package io.tenfold.worker;

import io.tenfold.train.Speaker;
import io.tenfold.train.writing.Sampling;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How texts are written on, as whoever asks says it; see {@link Sampling}.
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
        var _ = new Sampling(maxNewTokens, temperature, topK, topP, seed, stop, Set.of());
    }

    Speaker.Manner ofSpeaker() {
        return new Speaker.Manner(
                new Sampling(maxNewTokens, temperature, topK, topP, seed, stop, Set.of()), system, raw);
    }
}
