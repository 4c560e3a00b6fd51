package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.TokenRows;

/** From token ids to the first hidden states. */
public interface InputLayer {

    /** The table of words, [vocabulary, hidden]. */
    Parameter words();

    /** How many virtual tokens each row begins with. */
    int virtualTokens();

    /** The rows as the layers see them: with their virtual tokens. */
    TokenRows layout(TokenRows text);

    /**
     * Embeds rows.
     *
     * @param text the rows as they came
     * @param rows their {@link #layout}
     * @param firstPosition the place of a row's first token, from 0
     * @return [tokens, hidden]
     */
    NDArray apply(TokenRows text, TokenRows rows, int firstPosition, boolean training);
}
