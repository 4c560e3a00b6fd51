package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.BatchPlan;
import io.tenfold.data.TokenizedSet;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameters;
import java.util.IdentityHashMap;

/**
 * A way through a network whose lowest layers never change: what they make of a row is computed once, in the first epoch,
 * and kept as float32, so that later epochs cost only what is trained. <b>The frozen layers run without dropout in training,
 * too</b>: that is what computing them once means (and what the reference's {@code requires_grad = False} alone does not).
 * Dropout acts as ever from the first layer that is trained.
 *
 * <p>A row takes {@code tokens * hidden} numbers; where all layers are frozen, {@code hidden}, where the head reads the
 * first token alone. They lie in memory up to {@link #IN_MEMORY}, or half of what the JVM may take where that is less; what is
 * more lies in a mapped file in the job's work folder. All is let go with the network.
 */
public final class FrozenBottom implements Forward {

    /** Bytes of hidden states that are kept in memory: 1 GiB. */
    public static final long IN_MEMORY = 1L << 30;

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
        return under(
                trained,
                network,
                inputs,
                Math.min(IN_MEMORY, Runtime.getRuntime().maxMemory() / 2));
    }

    /** @param inMemory bytes */
    static Forward under(Parameters trained, Network network, Inputs inputs, long inMemory) {
        int lowest = trained.stream()
                .mapToInt(parameter -> LayerNumber.of(parameter, network))
                .min()
                .orElse(network.layers());
        // Embeddings alone cost next to nothing: not worth the memory, nor their dropout.
        if (lowest < 1 || network.virtualTokens() > 0) {
            return Forward.of(network);
        }
        FrozenBottom bottom = new FrozenBottom(network, lowest);
        bottom.keep(inputs, inMemory);
        return bottom;
    }

    private void keep(Inputs inputs, long inMemory) {
        StepPlan plan = StepPlan.of(inputs.training(), inputs.options());
        IdentityHashMap<TokenizedSet, int[][]> groups = new IdentityHashMap<>();
        TokenizedSet validation = inputs.validation();
        if (validation != null && plan.evaluations(inputs.options()) > 1) {
            int batch = TrainingLoop.evalBatchSize(inputs.options());
            groups.put(
                    validation, BatchPlan.inFileOrder(validation.size(), batch).batches(0));
        }
        if (plan.totalSteps() > plan.stepsPerEpoch()) {
            // The first epoch's batches: it computes exactly the rows that it needs.
            groups.put(
                    inputs.training(),
                    StepPlan.batches(inputs.training(), inputs.options()).batches(0));
        }
        long bytes = groups.keySet().stream()
                .mapToLong(set -> RowStates.bytes(network, layers, set))
                .sum();
        SpillingMemory memory = new SpillingMemory(inMemory, bytes, inputs.workFolder());
        network.closeWithIt(memory);
        groups.forEach((set, rows) -> sets.put(set, new RowStates(network, layers, set, rows, memory)));
    }

    /** How many layers are computed once. */
    public int layers() {
        return layers;
    }

    @Override
    public NDArray logits(Batch batch, boolean training) {
        RowStates states = sets.get(batch.set());
        // Rows that a run sees but once, and those of other sets, are computed as they come.
        NDArray hidden = states == null ? network.hiddenAfter(layers, batch.tokens(), false) : states.of(batch);
        return network.logitsAfter(layers, hidden, batch.tokens(), training);
    }
}
