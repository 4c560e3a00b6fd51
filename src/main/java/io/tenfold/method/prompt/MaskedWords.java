package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.TokenRows;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The gap of a masked language model: a word of n tokens is scored in the template with n masks, by the mean of its tokens'
 * log probabilities in the whole vocabulary.
 */
record MaskedWords(TemplateEncoder encoder, Verbalizer verbalizer, TextTokenizer tokenizer) implements Gap {

    static MaskedWords of(TextTokenizer tokenizer, List<Template> templates, Verbalizer verbalizer) {
        if (tokenizer.maskId() < 0) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    "model",
                    "the model's tokenizer has no mask token; take another model, or kind soft");
        }
        return new MaskedWords(new TemplateEncoder(tokenizer, templates, verbalizer.lengths()), verbalizer, tokenizer);
    }

    /** PET's loss is defined at one mask. */
    @Override
    public void demandOneToken() {
        verbalizer.words().forEach(word -> verbalizer.demandOneToken(word, word.ids(), tokenizer));
    }

    @Override
    public NDArray words(Network network, Batch batch, int template, boolean training) {
        int[] lengths = verbalizer.lengths();
        NDArray scores = null;
        for (int i = 0; i < lengths.length; i++) {
            NDArray own = words(network, versions(batch, template, i), lengths[i], batch, training);
            scores = scores == null ? own : scores.concat(own, 1);
        }
        return Objects.requireNonNull(scores);
    }

    private List<TemplateEncoder.Version> versions(Batch batch, int template, int place) {
        TokenizedSet set = batch.set();
        return IntStream.of(batch.rows())
                .mapToObj(row -> encoder.version(set.ids(row), set.types(row), set.marks(row), template, place))
                .toList();
    }

    /** The scores of the words of so many tokens. */
    private NDArray words(
            Network network, List<TemplateEncoder.Version> versions, int masks, Batch batch, boolean training) {
        TokenRows tokens = TokenRows.of(
                batch.scope(),
                versions.stream().map(TemplateEncoder.Version::ids).toArray(int[][]::new),
                versions.stream().map(TemplateEncoder.Version::types).toArray(int[][]::new));
        NDArray hidden = network.hidden(tokens, training);
        NDArray sum = null;
        for (int mask = 0; mask < masks; mask++) {
            int offset = mask;
            int[][] places = versions.stream()
                    .map(version -> new int[] {version.mask() + offset})
                    .toArray(int[][]::new);
            NDArray logits = network.vocabularyLogits(Ops.rows(hidden, tokens.places(places)), training);
            long[] asked = verbalizer.words(masks).stream()
                    .mapToLong(word -> word.ids()[offset])
                    .toArray();
            NDArray own = Ops.logProbabilities(logits, batch.scope().create(asked));
            sum = sum == null ? own : Ops.add(sum, own);
        }
        NDArray all = Objects.requireNonNull(sum);
        return masks == 1 ? all : all.div(masks);
    }
}
