package io.tenfold.method.adapter;

import io.tenfold.method.adapter.BottleneckConfig.Around;

/**
 * Where a bottleneck goes and what passes it by, with {@code adapters}' defaults: {@code DoubleSeqBnConfig}, {@code
 * SeqBnConfig}, {@code ParBnConfig}.
 */
enum Shape {
    /** After attention and after feed-forward (Houlsby et al. 2019, arXiv:1902.00751, figure 2). */
    HOULSBY(true, false, false, 16, "swish", 1),
    /** After feed-forward, behind a norm of its own (Pfeiffer et al. 2020, arXiv:2005.00247, figure 5). */
    PFEIFFER(false, true, false, 16, "relu", 1),
    /** Beside feed-forward (He et al. 2021, arXiv:2110.04366, section 3.3). */
    PARALLEL(false, false, true, 2, "relu", 4);

    private final boolean afterAttention;
    private final boolean normBefore;
    private final boolean parallel;
    private final double reductionFactor;
    private final String nonLinearity;
    private final double scaling;

    Shape(
            boolean afterAttention,
            boolean normBefore,
            boolean parallel,
            double reductionFactor,
            String nonLinearity,
            double scaling) {
        this.afterAttention = afterAttention;
        this.normBefore = normBefore;
        this.parallel = parallel;
        this.reductionFactor = reductionFactor;
        this.nonLinearity = nonLinearity;
        this.scaling = scaling;
    }

    /** The shape that {@code kind} names; {@link #PFEIFFER} for a kind that is none. */
    static Shape named(String kind) {
        for (Shape shape : values()) {
            if (shape.name().equalsIgnoreCase(kind)) {
                return shape;
            }
        }
        return PFEIFFER;
    }

    double reductionFactor() {
        return reductionFactor;
    }

    String nonLinearity() {
        return nonLinearity;
    }

    double scaling() {
        return scaling;
    }

    /** Bottlenecks of this shape in all layers. */
    BottleneckConfig config(double reduction, String activation, double scale) {
        return new BottleneckConfig(
                new BottleneckConfig.Places(afterAttention, true, java.util.List.of()),
                parallel,
                normBefore,
                true,
                Around.OUTPUT,
                new BottleneckConfig.Reduction(reduction, java.util.Map.of()),
                activation,
                scale);
    }
}
