package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.jspecify.annotations.Nullable;

/**
 * A weight: its name as Transformers or PEFT writes it, its value, and whether it is trained. Frozen at first. Whoever
 * keeps the numbers in a shorter form may release a frozen one: name and shape stay.
 */
public final class Parameter {

    private final String name;
    private NDArray storage;
    private @Nullable NDManager ownManager;
    private final Shape shape;
    private @Nullable NDArray leaf;
    private @Nullable NDArray gradient;
    private boolean keepsGradient;
    private boolean released;

    /**
     * A frozen parameter.
     *
     * @param value belongs to a manager that lives as long as the parameter
     */
    public Parameter(String name, NDArray value) {
        this.name = name;
        storage = value;
        shape = value.getShape();
    }

    /**
     * A frozen parameter whose numbers others read, too: before it changes them it takes a copy.
     *
     * @param own of the copy
     */
    public static Parameter shared(String name, NDArray value, NDManager own) {
        Parameter parameter = new Parameter(name, value);
        parameter.ownManager = own;
        return parameter;
    }

    /** Whether its numbers are still those that others read. */
    public boolean shared() {
        return ownManager != null;
    }

    private void own() {
        if (ownManager != null) {
            NDArray copy = storage.duplicate();
            copy.attach(ownManager);
            storage = copy;
            ownManager = null;
        }
    }

    public String name() {
        return name;
    }

    /** The value itself, not a copy; to be asked for anew in each step, see {@link #dropGradient}. */
    public NDArray value() {
        if (released) {
            throw new TensorException(name + " was released: its numbers are kept elsewhere");
        }
        return leaf == null ? storage : leaf;
    }

    /** Writes other numbers of the same shape into it, in place. */
    public void set(NDArray numbers) {
        own();
        Ops.copy(numbers, storage);
    }

    public Shape shape() {
        return shape;
    }

    /** How many numbers it holds. */
    public long size() {
        return shape.size();
    }

    public boolean trainable() {
        return leaf != null;
    }

    /** Frees the numbers of a frozen parameter; {@link #value} fails from now on. */
    public void release() {
        if (trainable()) {
            throw new TensorException(name + " is trained and can't be released");
        }
        released = true;
        if (shared()) {
            ownManager = null;
            return;
        }
        storage.close();
        ProcessMemory.trim();
    }

    public boolean released() {
        return released;
    }

    /** Trains it from now on, or freezes it, which drops its gradient. */
    public void trainable(boolean train) {
        if (train != trainable()) {
            if (train) {
                newLeaf();
            } else {
                closeLeaf();
            }
        }
    }

    /**
     * The gradient that backward passes have added up since it was last dropped: the array itself, not a copy; null when
     * none has reached this parameter since.
     */
    public @Nullable NDArray gradient() {
        if (gradient == null && leaf != null) {
            // Later passes add in place, so that the first handle stays good.
            gradient = JniUtils.getGradient((PtNDArray) leaf);
        }
        return gradient;
    }

    /**
     * Asks for gradients of a few rows in place of arrays of the value's size. They need a gradient to be added to, which
     * this parameter has and keeps from now on: it is zeroed where others are dropped. The first pass, too, adds rows: were
     * it to give an array, several look-ups in one pass would be summed in another order after a resumption.
     *
     * @return whether the next pass may give one
     */
    boolean wantSparseGradient() {
        keepsGradient = !storage.getDevice().isGpu();
        if (keepsGradient && leaf != null && gradient() == null && JniUtils.isGradMode()) {
            zeroGradient(leaf);
        }
        return keepsGradient && gradient() != null;
    }

    /** PyTorch's JNI can't set a gradient, but a backward pass makes one. */
    private static void zeroGradient(NDArray leaf) {
        try (NDArray sum = leaf.sum();
                NDArray one = sum.onesLike()) {
            JniUtils.backward((PtNDArray) sum, (PtNDArray) one, false, false);
        }
        try (NDArray made = JniUtils.getGradient((PtNDArray) leaf)) {
            Ops.zero(made);
        }
    }

    /**
     * Begins anew with the gradient. Without one, the next backward pass hands its own array over; with zeros, it would add
     * to them, which costs two more passes over the memory. PyTorch's JNI can't unset a gradient, so that the value
     * becomes another leaf over the same memory.
     */
    void dropGradient() {
        NDArray before = gradient();
        if (before == null) {
            return;
        }
        if (keepsGradient) {
            Ops.zero(before);
        } else {
            closeLeaf();
            newLeaf();
        }
    }

    private void newLeaf() {
        own();
        NDArray fresh = JniUtils.detachGradient((PtNDArray) storage);
        JniUtils.attachGradient((PtNDArray) fresh, true);
        leaf = fresh;
    }

    private void closeLeaf() {
        for (NDArray array : new @Nullable NDArray[] {gradient, leaf}) {
            if (array != null) {
                array.close();
            }
        }
        gradient = null;
        leaf = null;
    }
}
