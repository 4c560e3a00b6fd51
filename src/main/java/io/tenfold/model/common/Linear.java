package io.tenfold.model.common;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.LinearOp;
import io.tenfold.model.LinearSite;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;

/** A linear layer with what the hooks made of it. */
public final class Linear implements LinearOp {

    private final LinearSite site;
    private final LinearOp op;

    private Linear(LinearSite site, ModelHooks hooks) {
        this.site = site;
        op = hooks.linear(site, this::plain);
    }

    /**
     * A layer whose weights the checkpoint must have.
     *
     * @param name the module's, such as {@code bert.encoder.layer.0.intermediate.dense}
     * @param layer as in {@link LinearSite}
     */
    public static Linear of(Weights weights, ModelHooks hooks, String name, int layer, long in, long out) {
        return of(weights, hooks, name, layer, in, out, true);
    }

    /** The same, where a layer may have no bias. */
    public static Linear of(
            Weights weights, ModelHooks hooks, String name, int layer, long in, long out, boolean withBias) {
        Parameter weight = weights.take(name + ".weight", out, in);
        Parameter bias = withBias ? weights.take(name + ".bias", out) : null;
        return new Linear(new LinearSite(name, layer, false, weight, bias), hooks);
    }

    /** A layer whose weight the file keeps transposed: GPT-2's {@code Conv1D}. */
    public static Linear transposed(Weights weights, ModelHooks hooks, String name, int layer, long in, long out) {
        Parameter weight = weights.takeTransposed(name + ".weight", out, in);
        Parameter bias = weights.take(name + ".bias", out);
        return new Linear(new LinearSite(name, layer, false, weight, bias, true), hooks);
    }

    /** A layer of the task's head that has no bias. */
    public static Linear headWithoutBias(Weights weights, ModelHooks hooks, String name, long in, long out) {
        Parameter weight = weights.takeOrDraw(name + ".weight", out, in);
        return new Linear(new LinearSite(name, -1, true, weight, null), hooks);
    }

    /** A layer of the task's head. */
    public static Linear head(Weights weights, ModelHooks hooks, String name, long in, long out) {
        return outside(weights, hooks, name, true, in, out);
    }

    /** A layer above the transformer's that is not the task's; where the checkpoint lacks it, it counts as its head's. */
    public static Linear pooler(Weights weights, ModelHooks hooks, String name, long in, long out) {
        return outside(weights, hooks, name, false, in, out);
    }

    /** A layer of the head that the model was pretrained with, which the checkpoint must have. */
    public static Linear pretrainedHead(Weights weights, ModelHooks hooks, String name, long in, long out) {
        Parameter weight = weights.take(name + ".weight", out, in);
        return new Linear(new LinearSite(name, -1, true, weight, weights.take(name + ".bias", out)), hooks);
    }

    private static Linear outside(Weights weights, ModelHooks hooks, String name, boolean head, long in, long out) {
        Parameter weight = weights.takeOrDraw(name + ".weight", out, in);
        boolean isNew = head || weights.drew(weight.name());
        return new Linear(new LinearSite(name, -1, isNew, weight, weights.takeOrDraw(name + ".bias", out)), hooks);
    }

    private NDArray plain(NDArray x, boolean training) {
        Parameter bias = site.bias();
        return Ops.linear(x, site.weight().value(), bias == null ? null : bias.value());
    }

    @Override
    public NDArray apply(NDArray x, boolean training) {
        return op.apply(x, training);
    }
}
