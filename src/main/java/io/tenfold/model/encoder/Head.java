package io.tenfold.model.encoder;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** From the first token of each row to its logits. */
interface Head {

    /**
     * Scores rows.
     *
     * @param first the last hidden state of each row's first token, [rows, hidden]
     * @return [rows, outputs]
     */
    NDArray logits(NDArray first, boolean training);

    /** The modules that belong to the head, in full: {@code classifier}, {@code bert.pooler}. */
    List<String> modules();
}
