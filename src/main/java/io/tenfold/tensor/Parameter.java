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
    private boolean trainable;
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

    /** The value itself, not a copy. */
    public NDArray value() {
        return value;
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
            JniUtils.attachGradient((PtNDArray) value, train);
            trainable = train;
        }
    }

    /**
     * The gradient that backward passes have added up since it was last zeroed: the array itself, not a copy; null when
     * none has reached this parameter yet.
     */
    public @Nullable NDArray gradient() {
        if (gradient == null && trainable) {
            // Later passes add in place, so that the first handle stays good.
            gradient = JniUtils.getGradient((PtNDArray) value);
        }
        return gradient;
    }
}
