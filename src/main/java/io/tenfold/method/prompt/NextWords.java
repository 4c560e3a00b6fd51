package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.data.Batch;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.Generation;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.TokenRows;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The gap of a decoder: a word's score is the log likelihood of its tokens after all that stands before it (Brown et al. 2020,
 * arXiv:2005.14165, section 2.4), their sum, so that it must stand last. The words' first tokens cost one pass over a row,
 * the others a step each, from kept keys and values.
 */
final class NextWords implements Gap {

    /** Rows times words whose keys and values are kept at once, unless one row has more words. */
    private static final int AT_ONCE = 64;

    private final PrefixTexts encoder;
    private final Verbalizer verbalizer;
    private final TextTokenizer tokenizer;

    /** By template and word. */
    private final int[][][] ids;

    private NextWords(PrefixTexts encoder, Verbalizer verbalizer, TextTokenizer tokenizer, int[][][] ids) {
        this.encoder = encoder;
        this.verbalizer = verbalizer;
        this.tokenizer = tokenizer;
        this.ids = ids;
    }

    static NextWords of(TextTokenizer tokenizer, List<Template> templates, Verbalizer verbalizer) {
        int[][][] ids = templates.stream()
                .map(template -> ids(tokenizer, template, verbalizer))
                .toArray(int[][][]::new);
        int[] longest = Stream.of(ids).mapToInt(NextWords::longest).toArray();
        return new NextWords(new PrefixTexts(tokenizer, templates, longest), verbalizer, tokenizer, ids);
    }

    /** The words' tokens as they go on from what a template has before them. */
    private static int[][] ids(TextTokenizer tokenizer, Template template, Verbalizer verbalizer) {
        if (template.pieces().getLast().kind() != Template.Kind.MASK) {
            throw wrong(
                    template,
                    "goes on after [MASK], but the model is a decoder, which reads from left to right; put [MASK] last");
        }
        String literal = template.beforeMask();
        String before = PrefixTexts.withoutBlanks(literal);
        String blanks = literal.substring(before.length());
        if (literal.isEmpty()) {
            throw wrong(template, "has [MASK] right behind a text; put a blank between them");
        }
        String context = before.isEmpty() ? "." : before;
        int[] start = tokenizer.ids(context);
        return verbalizer.words().stream()
                .map(word -> {
                    int[] all = tokenizer.ids(context + blanks + word.text());
                    if (all.length <= start.length || !Arrays.equals(start, Arrays.copyOf(all, start.length))) {
                        throw wrong(
                                template,
                                "has %s grow together with what stands before [MASK]; put a blank there"
                                        .formatted(word.text()));
                    }
                    return Arrays.copyOfRange(all, start.length, all.length);
                })
                .toArray(int[][]::new);
    }

    private static JobException wrong(Template template, String what) {
        return new JobException(
                ErrorCode.BAD_REQUEST,
                "method.templates",
                "method.templates: \"%s\" %s".formatted(template.source(), what));
    }

    private static int longest(int[][] words) {
        return Stream.of(words).mapToInt(word -> word.length).max().orElse(0);
    }

    @Override
    public PrefixTexts encoder() {
        return encoder;
    }

    @Override
    public void demandOneToken() {
        for (int[][] words : ids) {
            for (int word = 0; word < words.length; word++) {
                verbalizer.demandOneToken(verbalizer.words().get(word), words[word], tokenizer);
            }
        }
    }

    @Override
    public NDArray words(Network network, Batch batch, int template, boolean training) {
        TokenizedSet set = batch.set();
        int[][] prefixes = IntStream.of(batch.rows())
                .mapToObj(row -> PrefixTexts.prefix(set.ids(row), set.marks(row), template))
                .toArray(int[][]::new);
        int[][] words = ids[template];
        if (longest(words) == 1) {
            return oneToken(network, prefixes, words, batch.scope(), training);
        }
        float[] scores = new float[prefixes.length * words.length];
        int longer = (int) Stream.of(words).filter(word -> word.length > 1).count();
        int rows = Math.max(1, AT_ONCE / longer);
        for (int from = 0; from < prefixes.length; from += rows) {
            int[][] some = Arrays.copyOfRange(prefixes, from, Math.min(prefixes.length, from + rows));
            float[] own = severalTokens(network, some, words, batch.scope());
            System.arraycopy(own, 0, scores, from * words.length, own.length);
        }
        return batch.scope().create(scores, new Shape(prefixes.length, words.length));
    }

    private static NDArray oneToken(
            Network network, int[][] prefixes, int[][] words, NDManager scope, boolean training) {
        TokenRows tokens = TokenRows.of(scope, prefixes, null);
        int[][] last =
                Stream.of(prefixes).map(prefix -> new int[] {prefix.length - 1}).toArray(int[][]::new);
        NDArray states = network.wordStates(tokens, tokens.places(last), training);
        return Ops.logProbabilities(network.vocabularyLogits(states, training), tokens(words, 0, scope));
    }

    /** Of each word the token with this number, or its last. */
    private static NDArray tokens(int[][] words, int number, NDManager scope) {
        return scope.create(Stream.of(words)
                .mapToLong(word -> word[Math.min(number, word.length - 1)])
                .toArray());
    }

    /** [rows, words], row by row; without gradients. */
    private static float[] severalTokens(Network network, int[][] prefixes, int[][] words, NDManager scope) {
        int capacity = Stream.of(prefixes).mapToInt(row -> row.length).max().orElse(0) + longest(words) - 1;
        try (NDManager inner = scope.newSubManager();
                Generation written = network.start(TokenRows.of(inner, prefixes, null), capacity)) {
            float[] scores = Ops.logProbabilities(written.logits(), tokens(words, 0, inner))
                    .toFloatArray();
            // Each row once for each word that goes on: which scores those are.
            int[] open = IntStream.range(0, scores.length)
                    .filter(score -> words[score % words.length].length > 1)
                    .toArray();
            written.keep(IntStream.of(open).map(score -> score / words.length).toArray());
            for (int number = 1; open.length > 0; number++) {
                int at = number;
                written.step(IntStream.of(open)
                        .map(score -> words[score % words.length][at - 1])
                        .toArray());
                float[] next = Ops.logProbabilities(written.logits(), tokens(words, at, inner))
                        .toFloatArray();
                for (int i = 0; i < open.length; i++) {
                    scores[open[i]] += next[i * words.length + open[i] % words.length];
                }
                int[] before = open;
                int[] still = IntStream.range(0, before.length)
                        .filter(i -> words[before[i] % words.length].length > at + 1)
                        .toArray();
                open = IntStream.of(still).map(i -> before[i]).toArray();
                if (still.length > 0) {
                    written.keep(still);
                }
            }
            return scores;
        }
    }
}
