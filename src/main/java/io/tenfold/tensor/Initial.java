package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * First values of new weights. They follow from seed and name alone: neither the device nor the order in which a model is
 * built moves them.
 */
public final class Initial {

    private Initial() {}

    /** Uniform from {@code -bound} to {@code bound}. */
    public static NDArray uniform(NDManager manager, long seed, String name, double bound, long... shape) {
        return drawn(manager, seed, name, random -> (2 * random.nextDouble() - 1) * bound, shape);
    }

    /** Normal with mean 0. */
    public static NDArray normal(NDManager manager, long seed, String name, double deviation, long... shape) {
        return drawn(manager, seed, name, random -> random.nextGaussian() * deviation, shape);
    }

    /** {@link #uniform} that lives as long as the backend. */
    public static NDArray uniform(Backend backend, long seed, String name, double bound, long... shape) {
        return uniform(backend.manager(), seed, name, bound, shape);
    }

    /** {@link #normal} that lives as long as the backend. */
    public static NDArray normal(Backend backend, long seed, String name, double deviation, long... shape) {
        return normal(backend.manager(), seed, name, deviation, shape);
    }

    private static NDArray drawn(
            NDManager manager, long seed, String name, ToDoubleFunction<SplittableRandom> draw, long... dimensions) {
        Shape shape = new Shape(dimensions);
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + name.hashCode());
        float[] values = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) draw.applyAsDouble(random);
        }
        return manager.create(values, shape);
    }
}
