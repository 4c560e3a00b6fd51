package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import java.util.List;

/** How a kind of model fills the gap that {@code [MASK]} stands for: how rows are encoded for it, and how words are scored. */
interface Gap {

    /**
     * The one that the model beside a tokenizer takes.
     *
     * @throws io.tenfold.job.JobException bad_request for templates that it can't fill, bad_model for a tokenizer that has no
     *     mask where one is needed
     */
    static Gap of(TextTokenizer tokenizer, List<Template> templates, Verbalizer verbalizer) {
        return Models.isDecoder(tokenizer.modelFolder())
                ? NextWords.of(tokenizer, templates, verbalizer)
                : MaskedWords.of(tokenizer, templates, verbalizer);
    }

    /** What makes the rows that {@link #words} reads. */
    RowEncoder encoder();

    /**
     * The words' scores in the gap: logarithms of what the model thinks of them.
     *
     * @param batch of rows that {@link #encoder} made
     * @param template by number
     * @return [rows, words], the words in the verbalizer's order, fp32
     */
    NDArray words(Network network, Batch batch, int template, boolean training);

    /**
     * Refuses words of several tokens, which can't be trained on.
     *
     * @throws io.tenfold.job.JobException bad_request
     */
    void demandOneToken();

    /**
     * Checks that templates leave room for texts.
     *
     * @throws io.tenfold.job.JobException bad_request where they don't
     */
    default void check(boolean pairs, int maxLength) {
        encoder().encode(List.of("."), pairs ? List.of(".") : null, maxLength);
    }
}
