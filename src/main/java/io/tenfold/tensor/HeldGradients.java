package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gradients that were taken away from parameters, to be compared with others and put back: one vector over all of the
 * parameters. One that no backward pass had reached counts as zero.
 */
public final class HeldGradients implements AutoCloseable {

    private final NDManager manager;
    private final Map<Parameter, NDArray> arrays = new LinkedHashMap<>();

    private HeldGradients(NDManager manager) {
        this.manager = manager;
    }

    /**
     * Takes the gradients of some parameters, which go on from zero.
     *
     * @param manager that the copies live in, until this is closed
     */
    public static HeldGradients take(NDManager manager, Iterable<Parameter> parameters) {
        HeldGradients held = new HeldGradients(manager.newSubManager());
        try (Recording _ = Recording.off()) {
            for (Parameter parameter : parameters) {
                NDArray gradient = parameter.gradient();
                if (gradient != null) {
                    NDArray copy = gradient.duplicate();
                    copy.attach(held.manager);
                    held.arrays.put(parameter, copy);
                    Ops.zero(gradient);
                }
            }
        }
        return held;
    }

    /** The inner product with others. */
    public double dot(HeldGradients other) {
        List<NDArray> own = new ArrayList<>();
        List<NDArray> others = new ArrayList<>();
        arrays.forEach((parameter, array) -> {
            NDArray beside = other.arrays.get(parameter);
            if (beside != null) {
                own.add(array);
                others.add(beside);
            }
        });
        if (own.isEmpty()) {
            return 0;
        }
        NDList lists = new NDList();
        Bridge.list(lists, "a", own);
        Bridge.list(lists, "b", others);
        try (Recording _ = Recording.off();
                NDArray sum = Bridge.get().call("dot", lists)) {
            return sum.getFloat();
        }
    }

    /** The inner product with itself. */
    public double squaredNorm() {
        if (arrays.isEmpty()) {
            return 0;
        }
        NDList lists = new NDList();
        Bridge.list(lists, "g", List.copyOf(arrays.values()));
        try (Recording _ = Recording.off();
                NDArray norm = Bridge.get().call("norm", lists)) {
            return (double) norm.getFloat() * norm.getFloat();
        }
    }

    /** Adds them to the gradients of their parameters, multiplied with a factor, by which they are changed themselves. */
    public void putBack(double factor) {
        try (Recording _ = Recording.off()) {
            arrays.forEach((parameter, array) -> {
                NDArray gradient = parameter.gradient();
                if (gradient == null) {
                    throw new TensorException(
                            "the gradient of %s was dropped while it was held".formatted(parameter.name()));
                }
                if (factor != 1) {
                    array.muli(factor);
                }
                gradient.addi(array);
            });
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
