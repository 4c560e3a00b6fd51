package io.tenfold.train.writing;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How a text is written on, in the names and with the meaning of Transformers' {@code GenerationConfig}.
 *
 * @param maxNewTokens the most tokens that a row gets, at least 1
 * @param temperature logits are divided by it; 0: always the most probable token, the next two then mean nothing
 * @param topK only so many of the most probable tokens are drawn from, and those as probable as the last of them; 0: all
 * @param topP only the most probable tokens, as few as together have this probability, are drawn from (nucleus sampling,
 *     Holtzman et al. 2020, arXiv:1904.09751); 1: all
 * @param seed of the draws
 * @param stop strings that end a row; its text ends before them
 * @param endTokens ids that end a row; its text ends before them
 */
public record Sampling(
        int maxNewTokens,
        double temperature,
        int topK,
        double topP,
        long seed,
        List<String> stop,
        Set<Integer> endTokens) {

    /** What is smaller makes logits infinite. */
    private static final double LEAST_TEMPERATURE = 1e-6;

    /** @throws IllegalArgumentException where a value makes no sense */
    public Sampling {
        require(maxNewTokens >= 1, "maxNewTokens", maxNewTokens, "it must be at least 1");
        require(
                temperature == 0 || (temperature >= LEAST_TEMPERATURE && temperature < Double.POSITIVE_INFINITY),
                "temperature",
                temperature,
                "it must be at least 0.000001, or 0 for the most probable token");
        require(topK >= 0, "topK", topK, "it must be at least 1, or 0 for all tokens");
        require(topP > 0 && topP <= 1, "topP", topP, "it must be above 0 and at most 1, which is all tokens");
        require(!stop.contains(""), "stop", stop, "an empty string would end each text before it begins; leave it out");
        require(endTokens.stream().allMatch(id -> id >= 0), "endTokens", endTokens, "ids begin with 0");
        stop = List.copyOf(stop);
        endTokens = Set.copyOf(endTokens);
    }

    /** Always the most probable token. */
    public static Sampling greedy(int maxNewTokens, Set<Integer> endTokens) {
        return new Sampling(maxNewTokens, 0, 0, 1, 0, List.of(), endTokens);
    }

    /** The same with further end tokens. */
    public Sampling endingAt(int[] ids) {
        Set<Integer> ends = new HashSet<>(endTokens);
        IntStream.of(ids).forEach(ends::add);
        return new Sampling(maxNewTokens, temperature, topK, topP, seed, stop, ends);
    }

    /** Whether always the most probable token is taken. */
    public boolean isGreedy() {
        return temperature == 0;
    }

    private static void require(boolean good, String name, Object value, String wayOut) {
        if (!good) {
            throw new IllegalArgumentException("%s is %s; %s".formatted(name, value, wayOut));
        }
    }
}
