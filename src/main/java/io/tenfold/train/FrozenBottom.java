package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * A way through a network whose lowest layers never change: what they make of a row is computed once, in the first epoch,
 * and kept as float32, so that later epochs cost only what is trained. <b>The frozen layers run without dropout in training,
 * too</b>: that is what computing them once means (and what the reference's {@code requires_grad = False} alone does not).
 * Dropout acts as ever from the first layer that is trained.
 *
 * <p>A row takes {@code tokens * hidden} numbers; where all layers are frozen, {@code hidden}, where the head reads the
 * first token alone. They lie in memory up to {@link SpillingMemory#usualLimit}; what is
 * more lies in a mapped file in the job's work folder. All is let go with the network. Of a set whose states would take more
 * than {@link SpillingMemory#MOST_KEPT} they are computed in every epoch.
 */
public final class FrozenBottom implements Forward {

    private final Network network;
    private final int layers;
    private final IdentityHashMap<TokenizedSet, RowStates> sets = new IdentityHashMap<>();

    private FrozenBottom(Network network, int layers) {
        this.network = network;
        this.layers = layers;
    }

    /**
     * The way for these trained parameters: the plain one where they reach down to the first layer or the embeddings, and
     * where rows begin with virtual tokens.
     */
    public static Forward under(Parameters trained, Network network, Inputs inputs) {
        return under(trained, network, inputs, SpillingMemory.usualLimit(), SpillingMemory.MOST_KEPT);
    }

    /**
     * @param inMemory bytes
     * @param kept bytes of a set's states that are kept at all
     */
    static Forward under(Parameters trained, Network network, Inputs inputs, long inMemory, long kept) {
        int lowest = trained.stream()
                .mapToInt(parameter -> LayerNumber.of(parameter, network))
                .min()
                .orElse(network.layers());
        // Embeddings alone cost next to nothing: not worth the memory, nor their dropout.
        if (lowest < 1 || network.virtualTokens() > 0) {
            return Forward.of(network);
        }
        FrozenBottom bottom = new FrozenBottom(network, lowest);
        List<TokenizedSet> sets = rowsSeenAgain(inputs).stream()
                .filter(set -> RowStates.bytes(network, lowest, set) <= kept)
                .toList();
        SharedBase shared = inputs.shared();
        if (shared != null && untouched(network, lowest)) {
            bottom.share(sets, shared, inputs, inMemory);
        } else {
            bottom.keep(sets, inputs, inMemory);
        }
        return bottom;
    }

    /** Whether the lowest layers are the base's own: neither changed nor kept in fewer bits. */
    private static boolean untouched(Network network, int layers) {
        return network.parameters().stream()
                .filter(parameter -> LayerNumber.of(parameter, network) < layers)
                .allMatch(Parameter::shared);
    }

    private void share(List<TokenizedSet> seen, SharedBase shared, Inputs inputs, long inMemory) {
        int batch = TrainingLoop.evalBatchSize(inputs.options());
        for (TokenizedSet set : seen) {
            sets.put(set, shared.states(layers, set, network, batch, inMemory));
        }
    }

    private static List<TokenizedSet> rowsSeenAgain(Inputs inputs) {
        StepPlan plan = StepPlan.of(inputs.training(), inputs.options());
        List<TokenizedSet> sets = new ArrayList<>();
        TokenizedSet validation = inputs.validation();
        if (validation != null && plan.evaluations(inputs.options()) > 1) {
            sets.add(validation);
        }
        if (plan.totalSteps() > plan.stepsPerEpoch()) {
            sets.add(inputs.training());
        }
        return sets;
    }

    private void keep(List<TokenizedSet> seen, Inputs inputs, long inMemory) {
        IdentityHashMap<TokenizedSet, int[][]> groups = new IdentityHashMap<>();
        for (TokenizedSet set : seen) {
            int batch = TrainingLoop.evalBatchSize(inputs.options());
            // Of the training rows the first epoch's batches: it computes exactly the rows that it needs.
            groups.put(
                    set,
                    set.equals(inputs.training())
                            ? StepPlan.batches(set, inputs.options()).batches(0)
                            : BatchPlan.inFileOrder(set.size(), batch).batches(0));
        }
        long bytes = groups.keySet().stream()
                .mapToLong(set -> RowStates.bytes(network, layers, set))
                .sum();
        SpillingMemory memory = new SpillingMemory(inMemory, bytes, inputs.workFolder());
        network.closeWithIt(memory);
        groups.forEach((set, rows) -> sets.put(set, new RowStates(layers, set, rows, memory)));
    }

    /** How many layers are computed once. */
    public int layers() {
        return layers;
    }

    @Override
    public NDArray logits(Batch batch, boolean training) {
        return network.logitsAfter(layers, states(batch), batch.tokens(), training);
    }

    @Override
    public NDArray wordStates(Batch batch, boolean training) {
        return network.wordStatesAfter(layers, states(batch), batch.tokens(), batch.sayingPlaces(), training);
    }

    /** Of rows that a run sees but once, of sets too large to be kept and of other sets they are computed as they come. */
    private NDArray states(Batch batch) {
        RowStates states = sets.get(batch.set());
        return states == null ? network.hiddenAfter(layers, batch.tokens(), false) : states.of(batch, network);
    }
}
