package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.data.Batch;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import io.tenfold.tensor.TokenRows;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A masked language model that fills templates, and what its words say of the labels.
 *
 * <p>A word of n tokens is scored in the template with n masks, by the mean of its tokens' log probabilities in the whole
 * vocabulary. Then as in OpenPrompt's {@code ManualVerbalizer}: the words' scores become probabilities among all label
 * words, are divided by those of inputs without content where it is asked for, and a label's score is the mean of its
 * words' logarithms.
 */
final class HardModel {

    private static final List<String> WITHOUT_CONTENT = List.of("N/A", "", "[MASK]");

    private final Network network;
    private final TextTokenizer tokenizer;
    private final TemplateEncoder encoder;
    private final Verbalizer verbalizer;
    private final int templates;

    HardModel(Network network, TextTokenizer tokenizer, List<Template> templates, Verbalizer verbalizer) {
        this.network = network;
        this.tokenizer = tokenizer;
        this.verbalizer = verbalizer;
        this.templates = templates.size();
        encoder = encoder(tokenizer, templates, verbalizer);
    }

    /** What makes the rows that this model reads. */
    static TemplateEncoder encoder(TextTokenizer tokenizer, List<Template> templates, Verbalizer verbalizer) {
        return new TemplateEncoder(tokenizer, templates, verbalizer.lengths());
    }

    Network network() {
        return network;
    }

    Verbalizer verbalizer() {
        return verbalizer;
    }

    TemplateEncoder encoder() {
        return encoder;
    }

    int templates() {
        return templates;
    }

    /**
     * The labels' log probabilities, the mean probability over some templates. Without gradients.
     *
     * @param chosen the templates by number
     * @param free of all templates, see {@link #withoutContent}; null: not calibrated
     * @return [rows, labels], fp32; each row's probabilities add up to 1
     */
    NDArray labels(Batch batch, List<Integer> chosen, @Nullable List<float[]> free, boolean training) {
        if (chosen.size() == 1) {
            return labels(batch, chosen.getFirst(), free, training);
        }
        List<float[]> each = chosen.stream()
                .map(template -> labels(batch, template, free, training).toFloatArray())
                .toList();
        return batch.scope()
                .create(
                        mean(each),
                        new Shape(batch.rows().length, verbalizer.labels().size()));
    }

    /** The logarithms of the mean of probabilities, of which the logarithms are given. */
    static float[] mean(List<float[]> each) {
        float[] mean = new float[each.getFirst().length];
        for (int i = 0; i < mean.length; i++) {
            double sum = 0;
            for (float[] one : each) {
                sum += Math.exp(one[i]);
            }
            mean[i] = (float) Math.log(sum / each.size());
        }
        return mean;
    }

    /** The same of one template. */
    NDArray labels(Batch batch, int template, @Nullable List<float[]> free, boolean training) {
        NDArray scores = words(batch, template, training);
        if (free != null) {
            // Zhao et al. 2021, section 5: W = diag(p_cf)^-1; in logarithms, a difference.
            scores = scores.sub(batch.scope().create(free.get(template)));
        }
        NDArray means = batch.scope()
                .create(
                        verbalizer.means(),
                        new Shape(verbalizer.words().size(), verbalizer.labels().size()));
        return scores.logSoftmax(-1).matMul(means).logSoftmax(-1);
    }

    /** The words' scores at the masks, [rows, words]. */
    private NDArray words(Batch batch, int template, boolean training) {
        int[] lengths = verbalizer.lengths();
        NDArray scores = null;
        for (int i = 0; i < lengths.length; i++) {
            NDArray own = words(batch, template, i, lengths[i], training);
            scores = scores == null ? own : scores.concat(own, 1);
        }
        return java.util.Objects.requireNonNull(scores);
    }

    private NDArray words(Batch batch, int template, int place, int masks, boolean training) {
        int[] rows = batch.rows();
        int[][] ids = new int[rows.length][];
        int[][] types = new int[rows.length][];
        int[] first = new int[rows.length];
        TokenizedSet set = batch.set();
        for (int i = 0; i < rows.length; i++) {
            TemplateEncoder.Version version =
                    encoder.version(set.ids(rows[i]), set.types(rows[i]), set.marks(rows[i]), template, place);
            ids[i] = version.ids();
            types[i] = version.types();
            first[i] = version.mask();
        }
        TokenRows tokens = TokenRows.of(batch.scope(), ids, types);
        NDArray hidden = network.hidden(tokens, training);
        NDArray sum = null;
        for (int mask = 0; mask < masks; mask++) {
            int offset = mask;
            int[][] places =
                    IntStream.of(first).mapToObj(at -> new int[] {at + offset}).toArray(int[][]::new);
            NDArray logits = network.vocabularyLogits(Ops.rows(hidden, tokens.places(places)), training);
            long[] asked = verbalizer.words(masks).stream()
                    .mapToLong(word -> word.ids()[offset])
                    .toArray();
            NDArray own = Ops.logProbabilities(logits, batch.scope().create(asked));
            sum = sum == null ? own : Ops.add(sum, own);
        }
        NDArray all = java.util.Objects.requireNonNull(sum);
        return masks == 1 ? all : all.div(masks);
    }

    /**
     * What the model says of inputs without content: for each template the logarithms of the label words' probabilities,
     * the mean over a few such inputs (Zhao et al. 2021, arXiv:2102.09690, section 5).
     *
     * @param pairs whether rows have two texts; then both are without content
     */
    List<float[]> withoutContent(boolean pairs, int maxLength, Backend backend) {
        List<String> texts = WITHOUT_CONTENT.stream()
                .map(text -> text.equals("[MASK]") ? tokenizer.maskToken() : text)
                .toList();
        TokenizedSet set = TokenizedSet.unlabelled(encoder.encode(texts, pairs ? texts : null, maxLength));
        List<float[]> free = new ArrayList<>();
        try (Recording _ = Recording.off();
                NDManager scope = backend.scope()) {
            Batch batch = Batch.of(scope, set, IntStream.range(0, texts.size()).toArray());
            for (int template = 0; template < templates; template++) {
                NDArray probabilities = words(batch, template, false).softmax(-1);
                free.add(probabilities.mean(new int[] {0}).log().toFloatArray());
            }
        }
        return free;
    }
}
