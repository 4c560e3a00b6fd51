package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.jspecify.annotations.Nullable;

/** A weight: its name as Transformers or PEFT writes it, its value, and whether it is trained. Frozen at first. */
public final class Parameter {

    private final String name;
    private final NDArray value;
    private @Nullable NDArray leaf;
    private boolean trainable;
    private boolean sparseGradient;
    private @Nullable NDArray gradient;

    /**
     * A frozen parameter.
     *
     * @param value belongs to a manager that lives as long as the parameter
     */
    public Parameter(String name, NDArray value) {
        this.name = name;
        this.value = value;
    }

    public String name() {
        return name;
    }

    /** The value itself, not a copy; to be asked for anew in each step, see {@link #dropGradient}. */
    public NDArray value() {
        return leaf == null ? value : leaf;
    }

    public Shape shape() {
        return value.getShape();
    }

    /** How many numbers it holds. */
    public long size() {
        return value.size();
    }

    public boolean trainable() {
        return trainable;
    }

    /** Trains it from now on, or freezes it. */
    public void trainable(boolean train) {
        if (train != trainable) {
            JniUtils.attachGradient((PtNDArray) value(), train);
            trainable = train;
        }
    }

    /**
     * The gradient that backward passes have added up since it was last dropped: the array itself, not a copy; null when
     * none has reached this parameter since.
     */
    public @Nullable NDArray gradient() {
        if (gradient == null && trainable) {
            // Later passes add in place, so that the first handle stays good.
            gradient = JniUtils.getGradient((PtNDArray) value());
        }
        return gradient;
    }

    /**
     * Whether a backward pass may add a few rows to the gradient instead of an array of the value's size. It needs a
     * gradient to add to, which this parameter keeps from now on: it is zeroed in place of being dropped.
     */
    boolean takesSparseGradient() {
        sparseGradient = !value.getDevice().isGpu();
        return sparseGradient && gradient() != null;
    }

    /**
     * Begins anew with the gradient. Without one, the next backward pass hands its own array over; with zeros, it would add
     * to them, which costs two more passes over the memory. PyTorch's JNI can't unset a gradient, so that the value
     * becomes another leaf over the same memory.
     */
    void dropGradient() {
        NDArray dropped = gradient();
        if (dropped == null) {
            return;
        }
        if (sparseGradient) {
            Ops.zero(dropped);
            return;
        }
        dropped.close();
        gradient = null;
        if (leaf != null) {
            leaf.close();
        }
        leaf = JniUtils.detachGradient((PtNDArray) value);
        JniUtils.attachGradient((PtNDArray) leaf, true);
    }
}
