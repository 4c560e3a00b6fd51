package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.data.TextTokenizer;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Initial;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import java.util.List;
import java.util.SplittableRandom;

/** The embeddings themselves, one for each virtual token (Lester et al. 2021, arXiv:2104.08691). */
record TokenTable(Parameter table) implements TokenEncoder {

    private static final String TABLE = NAME + "embedding.weight";

    /** With the first values that the request asks for. */
    static TokenTable of(SoftConfig config, Network network, Inputs inputs) {
        long seed = inputs.options().seed();
        TokenTable table =
                new TokenTable(random(inputs.backend(), seed, config.numVirtualTokens(), network.hiddenSize()));
        Parameter words = network.wordEmbeddings();
        switch (config.init()) {
            case RANDOM -> {}
            case SAMPLE_VOCAB ->
                table.copyRows(
                        words,
                        new SplittableRandom(seed * 0x9E3779B97F4A7C15L + TABLE.hashCode())
                                .longs(
                                        config.numVirtualTokens(),
                                        0,
                                        words.shape().get(0))
                                .toArray(),
                        inputs.backend());
            case TEXT ->
                table.copyRows(
                        words,
                        repeated(tokens(inputs.tokenizer(), String.valueOf(config.initText())), config),
                        inputs.backend());
        }
        return table;
    }

    /** Standard normal numbers, as PyTorch draws a table. */
    static Parameter random(Backend backend, long seed, int count, int hidden) {
        return new Parameter(TABLE, Initial.normal(backend, seed, TABLE, 1, count, hidden));
    }

    /** Of an artifact. */
    static TokenTable of(float[] values, int count, Backend backend) {
        return new TokenTable(
                new Parameter(TABLE, backend.manager().create(values, new Shape(count, values.length / count))));
    }

    /** With the special tokens, as PEFT takes them. */
    private static int[] tokens(TextTokenizer tokenizer, String text) {
        return tokenizer
                .encode(List.of(text), null, Integer.MAX_VALUE)
                .getFirst()
                .ids();
    }

    /** As many tokens as there are virtual ones: the text's first, or the text again and again. */
    private static long[] repeated(int[] text, SoftConfig config) {
        long[] tokens = new long[config.numVirtualTokens()];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = text[i % text.length];
        }
        return tokens;
    }

    private void copyRows(Parameter words, long[] ids, Backend backend) {
        try (Recording _ = Recording.off();
                NDManager scope = backend.scope()) {
            Ops.copy(Ops.embedding(scope.create(ids), words), table.value());
        }
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(table);
    }

    @Override
    public NDArray embeddings(NDManager scope, boolean training) {
        return table.value();
    }
}
