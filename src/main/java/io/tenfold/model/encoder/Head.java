package io.tenfold.model.encoder;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** From hidden states to logits: of the rows, or of the vocabulary. */
interface Head {

    /**
     * Scores rows, or tokens where the head reads every one of them.
     *
     * @param hidden the last hidden state of each row's first token, [rows, hidden], or of every token, [tokens, hidden]
     * @return [rows, outputs], or [tokens, outputs]
     */
    default NDArray logits(NDArray hidden, boolean training) {
        throw new IllegalStateException("a masked-LM head has no logits of a row");
    }

    /**
     * Scores the words of the vocabulary.
     *
     * @param hidden the last hidden states of some tokens, [n, hidden]
     * @return [n, vocabulary]
     */
    default NDArray vocabularyLogits(NDArray hidden, boolean training) {
        throw new IllegalStateException("only a masked-LM head has logits of the vocabulary");
    }

    /** The modules that belong to the head, in full: {@code classifier}, {@code bert.pooler}. */
    List<String> modules();
}
