package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.data.Batch;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Recording;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A language model that fills templates, and what its words say of the labels.
 *
 * <p>A word is scored in the template's {@link Gap}. Then as in OpenPrompt's {@code ManualVerbalizer}: the words' scores
 * become probabilities among all label words, are divided by those of inputs without content where it is asked for, and a
 * label's score is the mean of its words' logarithms.
 */
final class HardModel {

    private static final List<String> WITHOUT_CONTENT = List.of("N/A", "", "[MASK]");

    private final Network network;
    private final TextTokenizer tokenizer;
    private final Gap gap;
    private final Verbalizer verbalizer;
    private final int templates;

    HardModel(Network network, TextTokenizer tokenizer, List<Template> templates, Verbalizer verbalizer) {
        this.network = network;
        this.tokenizer = tokenizer;
        this.verbalizer = verbalizer;
        this.templates = templates.size();
        gap = Gap.of(tokenizer, templates, verbalizer);
    }

    Network network() {
        return network;
    }

    Verbalizer verbalizer() {
        return verbalizer;
    }

    /** What makes the rows that this model reads. */
    RowEncoder encoder() {
        return gap.encoder();
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
        NDArray scores = gap.words(network, batch, template, training);
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
        TokenizedSet set = TokenizedSet.unlabelled(encoder().encode(texts, pairs ? texts : null, maxLength));
        List<float[]> free = new ArrayList<>();
        try (Recording _ = Recording.off();
                NDManager scope = backend.scope()) {
            Batch batch = Batch.of(scope, set, IntStream.range(0, texts.size()).toArray());
            for (int template = 0; template < templates; template++) {
                NDArray probabilities =
                        gap.words(network, batch, template, false).softmax(-1);
                free.add(probabilities.mean(new int[] {0}).log().toFloatArray());
            }
        }
        return free;
    }
}
