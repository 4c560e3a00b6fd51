package io.tenfold.method.adapter;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import io.tenfold.model.SublayerSite;
import io.tenfold.tensor.Activation;
import java.util.List;
import java.util.Map;

/**
 * What bottlenecks are like, named and meant as in {@code adapters}' {@code BnConfig}.
 *
 * @param parallel the bottleneck reads the sublayer's input in place of its output
 * @param normBefore {@code original_ln_before}: it reads the output behind residual sum and norm
 * @param normAfter {@code original_ln_after}: residual sum and norm follow
 * @param around {@code residual_before_ln}: what passes the bottleneck by
 * @param nonLinearity between down and up
 * @param scaling of what comes out of it
 */
record BottleneckConfig(
        Places places,
        boolean parallel,
        boolean normBefore,
        boolean normAfter,
        Around around,
        Reduction reduction,
        String nonLinearity,
        double scaling) {

    /** The request's options. */
    static final List<String> OPTIONS = List.of("reduction_factor", "non_linearity", "scaling");

    /** A bottleneck is at most eight times as wide as the hidden states. */
    static final double LEAST_REDUCTION = 0.125;

    /** @param without {@code leave_out}: layers that have none, by number from 0 */
    record Places(boolean attention, boolean feedForward, List<Integer> without) {}

    /** {@code reduction_factor}: the hidden size over the bottleneck's; some layers may have their own. */
    record Reduction(double usual, Map<Integer, Double> byLayer) {}

    /** What is added to a sequential bottleneck's output. */
    enum Around {
        /** The sublayer's output. */
        OUTPUT,
        /** The sublayer's output and its input: {@code post_add}. */
        SUM,
        /** What the bottleneck reads. */
        INPUT
    }

    static BottleneckConfig read(Fields f, Shape shape) {
        return shape.config(
                f.number(
                        "reduction_factor",
                        shape.reductionFactor(),
                        x -> x >= LEAST_REDUCTION,
                        "at least 0.125 (16 is usual; 1 is a bottleneck as wide as the model)"),
                f.oneOf("non_linearity", Activation.names(), shape.nonLinearity()),
                f.number("scaling", shape.scaling(), x -> x > 0, "above 0 (1 is usual, 4 with kind parallel)"));
    }

    /** The non-linearity. */
    Activation activation() {
        Activation activation = Activation.named(nonLinearity);
        if (activation == null) {
            throw new IllegalStateException(nonLinearity + " was let through");
        }
        return activation;
    }

    /** Whether this place has a bottleneck. */
    boolean includes(SublayerSite site) {
        boolean place =
                switch (site.kind()) {
                    case ATTENTION -> places.attention();
                    case FEED_FORWARD -> places.feedForward();
                };
        return place && !places.without().contains(site.layer());
    }

    /** The bottleneck's width in a layer: {@code hidden / reduction_factor}, rounded down, and at least 1. */
    long width(SublayerSite site) {
        double factor = reduction.byLayer().getOrDefault(site.layer(), reduction.usual());
        return Math.max(1, (long) Math.floor(site.width() / factor));
    }

    /**
     * Refuses what leaves nothing of a model's hidden states.
     *
     * @throws JobException bad_request
     */
    void check(int hiddenSize) {
        if (reduction.usual() > hiddenSize) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "method.reduction_factor",
                    "method.reduction_factor is %s, but the model's hidden states are only %d wide, so nothing is left; give at most %d (16 is usual)"
                            .formatted(reduction.usual(), hiddenSize, hiddenSize));
        }
    }
}
