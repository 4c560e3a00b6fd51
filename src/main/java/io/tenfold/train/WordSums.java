package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.model.Network;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;

/**
 * How well a language model says the trained tokens of a batch's rows.
 *
 * @param losses the summed cross-entropy of each row's
 * @param hits how many of them were the most probable word
 */
record WordSums(double[] losses, long[] hits) {

    /**
     * Nothing is recorded.
     *
     * @param states of the tokens that say them, [trained tokens, hidden]
     * @param ids that they are to say, [trained tokens]
     */
    static WordSums of(Network network, Batch batch, NDArray states, NDArray ids) {
        Parameter words = network.vocabularyWeight();
        Ops.VocabularyScores scores = Ops.vocabularyScores(states, words, ids, Ops.vocabularyChunk(words));
        float[] lost = scores.losses().toFloatArray();
        float[] hit = scores.hits().toFloatArray();
        int[] rows = batch.rows();
        WordSums sums = new WordSums(new double[rows.length], new long[rows.length]);
        int token = 0;
        for (int row = 0; row < rows.length; row++) {
            for (long i = batch.set().trained(rows[row]); i > 0; i--, token++) {
                sums.losses[row] += lost[token];
                sums.hits[row] += (long) hit[token];
            }
        }
        return sums;
    }
}
