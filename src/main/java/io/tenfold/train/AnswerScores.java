package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.PreferenceOptions;
import io.tenfold.job.PreferenceOptions.LossType;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.tensor.Recording;
import io.tenfold.train.PreferenceLoss.Pair;
import java.util.function.LongConsumer;

/**
 * How probable two answers to each of some prompts are to a network.
 *
 * @param both the batch of the better answers and after them the worse ones
 * @param states of the tokens that say an answer's, [answers' tokens, hidden]
 * @param ids that they are to say, [answers' tokens]
 * @param pairs the answers' log-probabilities, of {@link LossType#IPO} in the mean of their tokens
 */
record AnswerScores(Batch both, NDArray states, NDArray ids, Pair[] pairs) {

    /** Runs both answers of a batch in one pass, recorded where a recording is on. */
    static AnswerScores of(Network network, Batch batch, LossType type, boolean training) {
        Batch both = batch.ofBothAnswers();
        NDArray states = network.wordStates(both.tokens(), both.sayingPlaces(), training);
        NDArray ids = both.saidIds();
        double[] losses = WordSums.of(network, both, states, ids).losses();
        double[] said = new double[losses.length];
        for (int row = 0; row < said.length; row++) {
            said[row] = -losses[row] / (type == LossType.IPO ? both.set().trained(row) : 1);
        }
        Pair[] pairs = new Pair[batch.size()];
        for (int row = 0; row < pairs.length; row++) {
            pairs[row] = new Pair(said[row], said[row + pairs.length]);
        }
        return new AnswerScores(both, states, ids, pairs);
    }

    /**
     * The log-probabilities of all of a set's answers; dropout off, nothing recorded.
     *
     * @param between called after every batch with the rows done so far; may throw to stop
     * @throws io.tenfold.job.JobException out_of_resources when a batch is too large for the device's memory
     */
    static Pair[] ofAll(
            Network network,
            TokenizedSet set,
            PreferenceOptions options,
            int batchSize,
            Backend backend,
            LongConsumer between) {
        Pair[] pairs = new Pair[set.size()];
        int done = 0;
        for (int[] rows : BatchPlan.inFileOrder(set.size(), batchSize).batches(0)) {
            try (Recording _ = Recording.off();
                    NDManager scope = backend.scope()) {
                Pair[] some = of(network, Batch.of(scope, set, rows), options.lossType(), false).pairs;
                for (int i = 0; i < rows.length; i++) {
                    pairs[rows[i]] = some[i];
                }
            } catch (OutOfDeviceMemoryException e) {
                throw OutOfMemory.inEvaluation(e, rows.length, batchSize);
            }
            done += rows.length;
            between.accept(done);
        }
        return pairs;
    }
}
