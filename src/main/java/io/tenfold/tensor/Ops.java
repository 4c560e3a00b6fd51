package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's operations on arrays of one device, recorded for gradients when a {@link Recording} is on. Results are new arrays
 * of the manager of the first argument, unless a method says otherwise. Errors: {@link TensorException} (shapes that don't
 * fit), {@link OutOfDeviceMemoryException}.
 */
public final class Ops {

    private Ops() {}

    /**
     * {@code x weightᵀ + bias}.
     *
     * @param x [n, in]
     * @param weight [out, in]
     * @param bias [out], or null for none
     * @return [n, out]
     */
    public static NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return bias == null ? call("linear_without_bias", x, weight) : call("linear", x, weight, bias);
    }

    /**
     * {@code y + scale * (dropout(x) aᵀ) bᵀ}: a low-rank update beside a plain layer (Hu et al. 2021, arXiv:2106.09685,
     * section 4.1). It is added in place: neither its product nor, in the backward pass, y's scaled gradient is an array of its
     * own.
     *
     * @param y the plain layer's output, [n, out]; becomes the result
     * @param x its input, [n, in]
     * @param a [r, in]
     * @param b [out, r]
     * @param dropout the rate; 0 for none
     * @return [n, out]
     */
    public static NDArray lora(NDArray y, NDArray x, NDArray a, NDArray b, double scale, double dropout) {
        return call("lora", y, x, a, b, scalar(scale), scalar(dropout));
    }

    /** {@code y + scale * x}, of the same shape. */
    public static NDArray addScaled(NDArray y, NDArray x, double scale) {
        return call("add_scaled", y, x, scalar(scale));
    }

    /**
     * Multiplies each column by its factor.
     *
     * @param x [n, width]
     * @param factors width numbers in any shape
     * @return [n, width]
     */
    public static NDArray scaleColumns(NDArray x, NDArray factors) {
        return call("scale_columns", x, factors);
    }

    /**
     * A low-rank update with a magnitude of its own (Liu et al. 2024, arXiv:2402.09353, eq. 5): {@code
     * m / |w + scale b a| (w + scale b a) x + bias}, the norm over each output's row and without a gradient (4.3). As in
     * PEFT, dropout acts on the input of the update and of what the magnitude adds to the plain layer.
     *
     * @param y the plain layer's output, [n, out]
     * @param x its input, [n, in]
     * @param weight [out, in], frozen
     * @param bias [out], or null for none
     * @param a [r, in]
     * @param b [out, r]
     * @param magnitude [out]
     * @return [n, out]
     */
    public static NDArray dora(
            NDArray y,
            NDArray x,
            NDArray weight,
            @Nullable NDArray bias,
            NDArray a,
            NDArray b,
            NDArray magnitude,
            double scale,
            double dropout) {
        return call(
                "dora", y, x, weight, bias == null ? scalar(0) : bias, a, b, magnitude, scalar(scale), scalar(dropout));
    }

    /** The Euclidean norm of each row of {@code weight + scale b a}, [out]; no gradient flows through. */
    public static NDArray doraNorm(NDArray weight, NDArray a, NDArray b, double scale) {
        return call("dora_norm", weight, a, b, scalar(scale));
    }

    /** The factors of a matrix [m, n]: u [m, k], the falling s [k], v [k, n] with k the smaller of m and n. */
    public record Svd(NDArray u, NDArray s, NDArray v) {}

    /** The singular value decomposition {@code x = u diag(s) v}. */
    public static Svd svd(NDArray x) {
        NDList factors = Bridge.get().callForList("svd", x);
        return new Svd(factors.get(0), factors.get(1), factors.get(2));
    }

    /** The factors of a matrix [m, n]: q [m, k] with orthogonal columns, r [k, n]. */
    public record Qr(NDArray q, NDArray r) {}

    /** The reduced QR decomposition {@code x = q r}. */
    public static Qr qr(NDArray x) {
        NDList factors = Bridge.get().callForList("qr", x);
        return new Qr(factors.get(0), factors.get(1));
    }

    /**
     * The rows of a table.
     *
     * @param ids [n], int64
     * @param table [rows, width]
     * @return [n, width]
     */
    public static NDArray embedding(NDArray ids, Parameter table) {
        return call("embedding", ids, table.value(), scalar(table.wantSparseGradient() ? 1 : 0));
    }

    /** Layer normalisation over the last axis (Ba et al. 2016, arXiv:1607.06450). */
    public static NDArray layerNorm(NDArray x, NDArray weight, NDArray bias, double epsilon) {
        return call("layer_norm", x, weight, bias, scalar(epsilon));
    }

    /** {@code a + b}, of the same shape. */
    public static NDArray add(NDArray a, NDArray b) {
        return call("add", a, b);
    }

    /** Zeroes each element with probability {@code rate} and divides the others by {@code 1 - rate}; 0: x itself. */
    public static NDArray dropout(NDArray x, double rate) {
        return rate > 0 ? call("dropout", x, scalar(rate)) : x;
    }

    /** {@code layerNorm(residual + dropout(x))}: how a sublayer of a post-norm transformer ends. */
    public static NDArray dropoutResidualNorm(
            NDArray x, NDArray residual, NDArray weight, NDArray bias, double epsilon, double dropout) {
        return call("dropout_residual_norm", x, residual, weight, bias, scalar(epsilon), scalar(dropout));
    }

    public static NDArray activation(Activation activation, NDArray x) {
        return call(activation.op(), x);
    }

    /**
     * The rows of {@code x} with these indices.
     *
     * @param x [n, ...]
     * @param index [m], int64
     * @return [m, ...]
     */
    public static NDArray rows(NDArray x, NDArray index) {
        return call("rows", x, index);
    }

    /**
     * Puts virtual tokens before each row's.
     *
     * @param x the text's tokens, [n, width]
     * @param virtual [m, width], the same for every row
     * @param places where each token stands when the virtual ones come once and then the text's: see {@link
     *     TokenRows#virtualOrText}
     * @return [tokens, width]
     */
    public static NDArray prepend(NDArray x, NDArray virtual, NDArray places) {
        return call("prepend", x, virtual, places);
    }

    /**
     * A bidirectional LSTM over one sequence (Hochreiter and Schmidhuber 1997), as PyTorch computes it, from zero states.
     *
     * @param x [n, in]
     * @param weights for each layer, forward and then backward: [4 * hidden, in], [4 * hidden, hidden] and the two biases,
     *     [4 * hidden]
     * @param dropout between the layers
     * @return both directions side by side, [n, 2 * hidden]
     */
    public static NDArray lstm(NDArray x, List<NDArray> weights, int layers, double dropout) {
        NDList list = new NDList();
        Bridge.list(list, "weights", weights);
        return Bridge.get().call("lstm", list, x, scalar(layers), scalar(dropout));
    }

    /**
     * Scaled dot-product attention of each row's tokens over that row's tokens (Vaswani et al. 2017, arXiv:1706.03762,
     * eq. 1), with dropout on the probabilities.
     *
     * @param q queries, [tokens, heads * headSize]
     * @param k keys, as the queries
     * @param v values, as the queries
     * @return [tokens, heads * headSize]
     */
    public static NDArray attention(NDArray q, NDArray k, NDArray v, TokenRows rows, int heads, double dropout) {
        return Bridge.get().call("attention", rows.groups(), q, k, v, scalar(heads), scalar(dropout));
    }

    /**
     * Attention of each row's first token alone, over all of its row's tokens: all that a last layer needs when a head
     * reads nothing else.
     *
     * @param q the first tokens' queries in the order of {@link TokenRows#firstByLength}, [rows, heads * headSize]
     * @param k keys of all tokens, [tokens, heads * headSize]
     * @param v values, as the keys
     * @return [rows, heads * headSize], in the queries' order
     */
    public static NDArray firstAttention(NDArray q, NDArray k, NDArray v, TokenRows rows, int heads, double dropout) {
        return Bridge.get().call("first_attention", rows.groups(), q, k, v, scalar(heads), scalar(dropout));
    }

    /**
     * {@link #firstAttention(NDArray, NDArray, NDArray, TokenRows, int, double)} with keys and values that every row
     * attends to before its own.
     *
     * @param prefixKeys [prefix, heads * headSize]
     * @param prefixValues as the keys
     * @return [rows, heads * headSize], in the queries' order
     */
    public static NDArray firstAttention(
            NDArray q,
            NDArray k,
            NDArray v,
            NDArray prefixKeys,
            NDArray prefixValues,
            TokenRows rows,
            int heads,
            double dropout) {
        return Bridge.get()
                .call(
                        "first_prefix_attention",
                        rows.groups(),
                        q,
                        k,
                        v,
                        prefixKeys,
                        prefixValues,
                        scalar(heads),
                        scalar(dropout));
    }

    /**
     * Attention with keys and values that every row attends to before its own.
     *
     * @param prefixKeys [prefix, heads * headSize]
     * @param prefixValues as the keys
     * @return [tokens, heads * headSize]
     */
    public static NDArray attention(
            NDArray q,
            NDArray k,
            NDArray v,
            NDArray prefixKeys,
            NDArray prefixValues,
            TokenRows rows,
            int heads,
            double dropout) {
        return Bridge.get()
                .call(
                        "prefix_attention",
                        rows.groups(),
                        q,
                        k,
                        v,
                        prefixKeys,
                        prefixValues,
                        scalar(heads),
                        scalar(dropout));
    }

    /**
     * The sum of the cross-entropies of the rows; divide by their number for the mean.
     *
     * @param logits [n, classes]
     * @param labels [n], int64; a label of -100 is not counted
     * @return one number
     */
    public static NDArray crossEntropySum(NDArray logits, NDArray labels) {
        return call("cross_entropy", logits, labels);
    }

    /**
     * The log probabilities of some of the classes, each of them among all.
     *
     * @param logits [n, classes]
     * @param ids the classes asked about, [m], int64
     * @return [n, m]
     */
    public static NDArray logProbabilities(NDArray logits, NDArray ids) {
        return call("log_probabilities", logits, ids);
    }

    /**
     * The sum of the squared errors.
     *
     * @param predicted any shape
     * @param targets the same shape and type
     * @return one number
     */
    public static NDArray squaredErrorSum(NDArray predicted, NDArray targets) {
        return call("mse", predicted, targets);
    }

    /**
     * The same numbers, through which the gradient flows turned round: {@code -scale} times what arrives (Ganin et al.
     * 2016, arXiv:1505.07818, section 4.2).
     *
     * @param x any shape
     */
    public static NDArray reverseGradient(NDArray x, double scale) {
        try (NDArray passing = Bridge.get().passing(scale)) {
            return call("reverse_gradient", x, passing);
        }
    }

    /**
     * How far apart the covariances of two samples are: the squared Frobenius norm of their difference over {@code 4 d²}
     * (Sun and Saenko 2016, arXiv:1607.01719, eq. 1).
     *
     * @param source [n, d], n at least 2
     * @param target [m, d], m at least 2
     * @return one number
     */
    public static NDArray coral(NDArray source, NDArray target) {
        return call("coral", source, target);
    }

    /**
     * The squared maximum mean discrepancy of two samples under a sum of Gaussian kernels (Long et al. 2015,
     * arXiv:1502.02791, eq. 2): {@code exp(-|x - y|² / (2 w σ²))} for each width w, σ² the mean squared distance within
     * both samples together. As in Transfer-Learning-Library, rows are not compared with themselves, and {@code 2 / (n -
     * 1)} is added.
     *
     * @param source [n, d], n at least 2
     * @param target [n, d]
     * @param widths any number, float32
     * @return one number
     */
    public static NDArray mmd(NDArray source, NDArray target, NDArray widths) {
        return call("mmd", source, target, widths);
    }

    /**
     * The sum over the rows of {@code temperature² KL(softmax(teacher / temperature) || softmax(logits / temperature))}
     * (Hinton et al. 2015, arXiv:1503.02531, section 2).
     *
     * @param logits [n, classes]
     * @param teacher the same shape, without a gradient
     * @return one number
     */
    public static NDArray softLabelSum(NDArray logits, NDArray teacher, double temperature) {
        return call("soft_labels", logits, teacher, scalar(temperature));
    }

    /**
     * The sum over the tokens of the mean squared difference of their vectors, each counted by its share.
     *
     * @param x [tokens, width]
     * @param y the same shape
     * @param share [tokens], such as {@link TokenRows#shares}
     * @return one number
     */
    public static NDArray tokenErrorSum(NDArray x, NDArray y, NDArray share) {
        return call("token_error", x, y, share);
    }

    /**
     * How far relations between a row's tokens are from a teacher's: {@code KL(softmax(tA tBᵀ / √d) || softmax(A Bᵀ /
     * √d))}, the mean over the heads, summed over the tokens by their shares (Wang et al. 2020, arXiv:2002.10957, eq. 5 for
     * queries and keys, eq. 7 to 8 for values and values). The widths may differ; each is cut into {@code heads}.
     *
     * @param a [tokens, width]
     * @param b [tokens, width]
     * @param teacherA [tokens, teacher's width], without a gradient
     * @param teacherB as {@code teacherA}
     * @param share [tokens], see {@link TokenRows#shares}
     * @return one number
     */
    public static NDArray relationSum(
            NDArray a, NDArray b, NDArray teacherA, NDArray teacherB, NDArray share, TokenRows rows, int heads) {
        return Bridge.get().call("relations", rows.groups(), a, b, teacherA, teacherB, share, scalar(heads));
    }

    /** {@code xᵀ} in memory of its own. */
    public static NDArray transposed(NDArray x) {
        return call("transposed", x);
    }

    /** {@code a * b}, element by element. */
    public static NDArray multiply(NDArray a, NDArray b) {
        return call("multiply", a, b);
    }

    /** {@code residual + dropout(x)}: how a sublayer of a pre-norm transformer ends. */
    public static NDArray dropoutResidual(NDArray x, NDArray residual, double dropout) {
        return call("residual", x, residual, scalar(dropout));
    }

    /** Some neighbouring columns of x, [n, width], without a copy. */
    public static NDArray columns(NDArray x, int from, int width) {
        return call("columns", x, scalar(from), scalar(width));
    }

    /** Division by the root of the mean square over the last axis (Zhang and Sennrich 2019, arXiv:1910.07467, eq. 4). */
    public static NDArray rmsNorm(NDArray x, NDArray weight, double epsilon) {
        return call("rms_norm", x, weight, scalar(epsilon));
    }

    /**
     * The same for each head alone.
     *
     * @param x [n, heads * headSize]
     * @param weight [headSize]
     */
    public static NDArray rmsNormOfHeads(NDArray x, NDArray weight, double epsilon) {
        return call("rms_norm_of_heads", x, weight, scalar(epsilon));
    }

    /**
     * Turns queries or keys by their positions (Su et al. 2021, arXiv:2104.09864, eq. 34), the two halves of a head as
     * pairs, as Transformers does.
     *
     * @param x [tokens, heads * headSize]
     * @param cos of each token's angles, [tokens, headSize / 2]
     * @param sin as the cosines
     */
    public static NDArray rotary(NDArray x, NDArray cos, NDArray sin) {
        return call("rotary", x, cos, sin);
    }

    /**
     * The sum of the cross-entropies of {@code softmax(hidden weightᵀ)}, without ever holding the logits of more than some
     * tokens: in chunks, gradients and all, as the loss is computed. Outside of a recording the gradients are spared.
     *
     * @param hidden [n, width]
     * @param weight [vocabulary, width]; its gradient is computed where it is trained
     * @param labels [n], int64; a negative one is not counted
     * @param shares what each token's loss is multiplied with, [n], float32; null for 1
     * @param chunk tokens whose logits are held at once, at least 1; see {@link #vocabularyChunk}
     * @return one number, recorded
     */
    public static NDArray vocabularyLoss(
            NDArray hidden, Parameter weight, NDArray labels, @Nullable NDArray shares, int chunk) {
        NDArray table = weight.value();
        NDArray all = shares == null ? labels.getManager().ones(labels.getShape(), DataType.FLOAT32) : shares;
        if (!JniUtils.isGradMode()) {
            return multiply(vocabularyScores(hidden, weight, labels, chunk).losses(), all)
                    .sum();
        }
        NDList parts;
        try (Recording _ = Recording.off()) {
            parts = Bridge.get()
                    .callForList(
                            "vocabulary_loss",
                            hidden,
                            table,
                            labels,
                            all,
                            scalar(chunk),
                            scalar(weight.trainable() ? 1 : 0));
        }
        return withGradients(parts, hidden, weight);
    }

    /** @param parts a number, its gradient to {@code hidden} and, where {@code weight} is trained, to that */
    static NDArray withGradients(NDList parts, NDArray hidden, Parameter weight) {
        NDArray loss = call("with_gradient", parts.get(0), hidden, parts.get(1));
        return weight.trainable() ? call("with_gradient", loss, weight.value(), parts.get(2)) : loss;
    }

    /** How many tokens' logits 64 MiB hold. */
    public static int vocabularyChunk(Parameter weight) {
        return (int) Math.max(1, (16L << 20) / weight.shape().get(0));
    }

    /**
     * What a language head makes of tokens one by one.
     *
     * @param losses the cross-entropies, [n], float32; 0 where the label is negative
     * @param hits 1 where the label is the most probable word, else 0, [n], float32
     */
    public record VocabularyScores(NDArray losses, NDArray hits) {}

    /** Scores tokens one by one, without gradients; arguments as for {@link #vocabularyLoss}. */
    public static VocabularyScores vocabularyScores(NDArray hidden, Parameter weight, NDArray labels, int chunk) {
        try (Recording _ = Recording.off()) {
            NDList scores =
                    Bridge.get().callForList("vocabulary_scores", hidden, weight.value(), labels, scalar(chunk));
            return new VocabularyScores(scores.get(0), scores.get(1));
        }
    }

    /** Another handle to the same numbers, recorded, which outlives the first one: it may be attached elsewhere. */
    public static NDArray alias(NDArray x) {
        return call("alias", x);
    }

    /** {@code sum += scale * x²}, in place, without recording. */
    public static void addSquare(NDArray sum, NDArray x, double scale) {
        try (Recording _ = Recording.off()) {
            call("add_square", sum, x, scalar(scale)).close();
        }
    }

    /** {@code gradient += scale * strength * (x - anchor)}, in place, without recording; all of one shape. */
    public static void pull(NDArray gradient, NDArray x, NDArray anchor, NDArray strength, double scale) {
        try (Recording _ = Recording.off()) {
            call("pull", gradient, x, anchor, strength, scalar(scale)).close();
        }
    }

    /** {@code (weight a + other b) / (weight + other)}, element by element; b where both weights are 0. */
    public static NDArray weightedMean(NDArray a, NDArray weight, NDArray b, NDArray other) {
        return call("weighted_mean", a, weight, b, other);
    }

    /** Copies the numbers of an array into another of the same shape, in place, without recording. */
    public static void copy(NDArray from, NDArray into) {
        try (Recording _ = Recording.off()) {
            call("copy", into, from).close();
        }
    }

    /** Writes zeros, in place, without recording. */
    static void zero(NDArray into) {
        try (Recording _ = Recording.off()) {
            call("zero", into).close();
        }
    }

    /** The same numbers outside of the recording: no gradient flows through. */
    public static NDArray detach(NDArray x) {
        return JniUtils.detachGradient((PtNDArray) x);
    }

    /** Whether a gradient would flow into x; DJL's own answer is right for leaves alone. */
    static boolean isRecorded(NDArray x) {
        try (NDArray answer = call("is_recorded", x)) {
            return answer.getFloat() > 0;
        }
    }

    /** A number for {@code Backend.seed}'s kind of use, drawn from the random state of x's device. */
    static long drawSeed(NDArray x) {
        try (Recording _ = Recording.off();
                NDArray drawn = call("draw", x)) {
            return drawn.getLong() >>> 1;
        }
    }

    private static NDArray call(String method, NDArray... arguments) {
        return Bridge.get().call(method, arguments);
    }

    private static NDArray scalar(double value) {
        return Bridge.get().scalar(value);
    }

    static <T> T guarded(Supplier<T> work) {
        return Bridge.guarded(work);
    }
}
