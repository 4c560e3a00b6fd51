package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;

/**
 * What a language model learns of the words it is to say and of a teacher's probabilities, token by token: {@code hard CE +
 * (1 - hard) temperature² KL}. The divergence is that of the softened distributions, from the teacher's to the student's
 * (Hinton et al. 2015, arXiv:1503.02531, section 2) or, {@code reverse}, from the student's to the teacher's (Gu et al. 2023,
 * arXiv:2306.08543, eq. 1, here exact at each token of the given text, without sampling).
 *
 * @param hard the share of the words' own cross-entropy, from 0 to 1
 * @param temperature that softens both, above 0
 */
public record WordDistillation(double hard, double temperature, boolean reverse) {

    /** What a teacher says of tokens. */
    public sealed interface Taught {

        /**
         * Its most probable words, and what all others have together: the divergence is that over so many outcomes.
         *
         * @param ids [n, k], int32
         * @param logProbabilities of these at the temperature, and in the last column of all others together, [n, k + 1]
         */
        record Top(NDArray ids, NDArray logProbabilities) implements Taught {}

        /**
         * Every word.
         *
         * @param states the teacher's last states, [n, teacher's width]
         * @param words its output layer, [vocabulary, teacher's width]
         */
        record Every(NDArray states, Parameter words) implements Taught {}
    }

    /** How many tokens' logits are held at once: several arrays of this size are. */
    public static int chunk(Parameter weight) {
        return Math.max(1, Ops.vocabularyChunk(weight) / 4);
    }

    /**
     * A teacher's most probable words at the temperature, without ever holding the logits of more than some tokens.
     *
     * @param states the teacher's last states, [n, width]
     * @param words its output layer, [vocabulary, width]
     * @param count how many words of each token, fewer than there are
     * @param chunk tokens whose logits are held at once, at least 1
     */
    public Taught.Top top(NDArray states, Parameter words, int count, int chunk) {
        try (Recording _ = Recording.off()) {
            NDList parts = Bridge.get()
                    .callForList("top_words", states, words.value(), number(count), number(temperature), number(chunk));
            return new Taught.Top(parts.get(0), parts.get(1));
        }
    }

    /**
     * The sum over the tokens, gradients and all, without ever holding the logits of more than some of them: see {@link
     * Ops#vocabularyLoss}.
     *
     * @param hidden the student's last states, [n, width]
     * @param weight its output layer, [vocabulary, width]; its gradient is computed where it is trained
     * @param labels the words that are to be said, [n], int64
     * @param chunk tokens whose logits are held at once, at least 1
     * @return one number, recorded
     */
    public NDArray lossSum(NDArray hidden, Parameter weight, NDArray labels, Taught taught, int chunk) {
        NDManager scope = hidden.getManager();
        NDArray none = scope.create(new Shape(0), DataType.FLOAT32);
        NDArray ids = none;
        NDArray logs = none;
        NDArray theirs = none;
        NDArray table = none;
        switch (taught) {
            case Taught.Top(NDArray top, NDArray of) -> {
                ids = top;
                logs = of;
            }
            case Taught.Every(NDArray states, Parameter words) -> {
                theirs = states;
                table = words.value();
            }
        }
        NDList parts;
        try (Recording _ = Recording.off()) {
            parts = Bridge.get()
                    .callForList(
                            "taught_words",
                            hidden,
                            weight.value(),
                            labels,
                            ids,
                            logs,
                            theirs,
                            table,
                            number(hard),
                            number(temperature),
                            number(reverse ? 1 : 0),
                            number(chunk),
                            number(weight.trainable() ? 1 : 0));
        }
        return JniUtils.isGradMode() ? Ops.withGradients(parts, hidden, weight) : parts.get(0);
    }

    private static NDArray number(double value) {
        return Bridge.get().scalar(value);
    }
}
