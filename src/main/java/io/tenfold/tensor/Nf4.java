package io.tenfold.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A frozen matrix in 4-bit NormalFloat with double quantization (Dettmers et al. 2023, arXiv:2305.14314, section 3): two
 * codes in a byte, the first in the high bits; a scale for 64 numbers, itself an 8-bit code less the mean of all scales,
 * with an fp32 scale for 256 of them. Tables and rounding are those of bitsandbytes. 4.13 bits a number.
 */
public final class Nf4 {

    /** Numbers that share a scale. */
    public static final int BLOCK = 64;

    /** Scales that share a scale of their own. */
    public static final int SCALES_BLOCK = 256;

    /** Quantiles of the normal distribution, between -1 and 1 with an exact 0 (appendix E). */
    private static final float[] LEVELS = {
        -1.0f,
        -0.6961928f,
        -0.52507305f,
        -0.3949175f,
        -0.28444138f,
        -0.18477343f,
        -0.091050036f,
        0.0f,
        0.0795803f,
        0.1609302f,
        0.2461123f,
        0.33791524f,
        0.44070983f,
        0.562617f,
        0.72295684f,
        1.0f
    };

    private final Shape shape;
    private final Tables tables;
    private final NDArray codes;
    private final NDArray scaleCodes;
    private final NDArray scaleScales;
    private final NDArray offset;

    private Nf4(Shape shape, Tables tables, NDList arrays) {
        this.shape = shape;
        this.tables = tables;
        codes = arrays.get(0);
        scaleCodes = arrays.get(1);
        scaleScales = arrays.get(2);
        offset = arrays.get(3);
    }

    /** What all matrices of a device share; lives as long as the manager it was made with. */
    public static final class Tables {

        private final NDArray levels;
        private final NDArray pairs;
        private final NDArray dynamic;

        public Tables(NDManager manager) {
            levels = manager.create(LEVELS);
            float[] both = new float[512];
            for (int code = 0; code < 256; code++) {
                both[2 * code] = LEVELS[code >> 4];
                both[2 * code + 1] = LEVELS[code & 15];
            }
            // A byte gives two numbers at once.
            pairs = manager.create(both, new Shape(256, 2));
            dynamic = manager.create(dynamicLevels());
        }
    }

    /**
     * The 256 levels of the 8-bit dynamic data type (Dettmers 2015, arXiv:1511.04561): seven decades below 1, each with
     * twice as many levels as the one below it, on both sides of 0; besides 0 and 1.
     */
    static float[] dynamicLevels() {
        List<Float> levels = new ArrayList<>(List.of(0f, 1f));
        for (int decade = 0; decade < 7; decade++) {
            int count = 1 << decade;
            float exponent = (float) Math.pow(10, decade - 6);
            for (int i = 0; i < count; i++) {
                float mean = (bound(i, count) + bound(i + 1, count)) / 2;
                levels.add(exponent * mean);
                levels.add(-exponent * mean);
            }
        }
        levels.sort(null);
        float[] sorted = new float[levels.size()];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = levels.get(i);
        }
        return sorted;
    }

    /** Evenly from 0.1 to 1, from both ends in single precision as {@code torch.linspace} does it. */
    private static float bound(int i, int count) {
        float step = (1f - 0.1f) / count;
        return i < (count + 1) / 2 ? 0.1f + step * i : 1f - step * (count - i);
    }

    /**
     * Quantizes a matrix.
     *
     * @param weight [out, in]; the result's arrays belong to its manager
     */
    public static Nf4 of(NDArray weight, Tables tables) {
        try (Recording _ = Recording.off()) {
            Bridge bridge = Bridge.get();
            NDList arrays = bridge.callForList(
                    "nf4_quantize",
                    weight,
                    tables.levels,
                    tables.dynamic,
                    bridge.scalar(BLOCK),
                    bridge.scalar(SCALES_BLOCK));
            return new Nf4(weight.getShape(), tables, arrays);
        }
    }

    /** What the arrays take, without the tables. */
    public long bytes() {
        return codes.size() + scaleCodes.size() + Float.BYTES * (scaleScales.size() + offset.size());
    }

    /** The numbers that the codes stand for, [out, in]: a new array of the manager. */
    public NDArray values(NDManager manager) {
        try (Recording _ = Recording.off()) {
            NDArray values = Bridge.get().call("nf4_dequantize", with());
            values.attach(manager);
            return values;
        }
    }

    /**
     * {@code x weightᵀ + bias}; a gradient flows to x and bias.
     *
     * @param x [n, in]
     * @param bias [out], or null for none
     * @return [n, out]
     */
    public NDArray linear(NDArray x, @Nullable NDArray bias) {
        if (bias == null) {
            return Ops.linear(x, values(x.getManager()), null);
        }
        return Bridge.get().call("nf4_linear", with(x, bias));
    }

    private NDArray[] with(NDArray... first) {
        Bridge bridge = Bridge.get();
        List<NDArray> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(codes, scaleCodes, scaleScales, offset, tables.pairs, tables.dynamic));
        all.addAll(List.of(bridge.scalar((double) shape.get(0)), bridge.scalar((double) shape.get(1))));
        all.addAll(List.of(bridge.scalar(BLOCK), bridge.scalar(SCALES_BLOCK)));
        return all.toArray(NDArray[]::new);
    }

    /** Two codes a byte, for tests. */
    byte[] codes() {
        return codes.toByteArray();
    }

    /** The 8-bit codes of the scales, for tests. */
    byte[] scaleCodes() {
        return scaleCodes.toByteArray();
    }
}
