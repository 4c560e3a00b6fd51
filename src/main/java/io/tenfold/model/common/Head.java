package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.Parameter;
import java.util.List;

/** From hidden states to logits: of the rows, or of the vocabulary. */
public interface Head {

    /**
     * Scores rows, or tokens where the head reads every one of them.
     *
     * @param hidden the last hidden state of the token of each row that heads read, [rows, hidden], or of every token,
     *     [tokens, hidden]
     * @return [rows, outputs], or [tokens, outputs]
     */
    default NDArray logits(NDArray hidden, boolean training) {
        throw new IllegalStateException("a language head has no logits of a row");
    }

    /**
     * Scores the words of the vocabulary.
     *
     * @param hidden the last hidden states of some tokens, [n, hidden]
     * @return [n, vocabulary]
     */
    default NDArray vocabularyLogits(NDArray hidden, boolean training) {
        throw new IllegalStateException("only a language head has logits of the vocabulary");
    }

    /**
     * The output layer over the vocabulary, where that is all there is: logits are {@code hidden weightᵀ}.
     *
     * @return [vocabulary, hidden]
     */
    default Parameter vocabularyWeight() {
        throw new IllegalStateException("only a causal language head is one layer");
    }

    /** The modules that belong to the head, in full: {@code classifier}, {@code bert.pooler}. */
    List<String> modules();
}
