package io.tenfold.method.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.SublayerOp;
import io.tenfold.model.SublayerSite;
import io.tenfold.tensor.Activation;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Initial;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import org.jspecify.annotations.Nullable;

/** Puts bottlenecks into a model that is being built. */
final class BottleneckHooks implements ModelHooks {

    /** The deviation of {@code init_weights: bert}. */
    private static final double DEVIATION = 0.02;

    private final BottleneckConfig config;
    private final String modelType;
    private final Backend backend;
    private final @Nullable Long seed;
    private final @Nullable Activation headActivation;
    private final Parameters parameters = new Parameters();

    /**
     * @param seed of the first values; null: they are zero, since an adapter's follow
     * @param headActivation of an adapter's own head; null leaves the model's
     */
    BottleneckHooks(
            BottleneckConfig config,
            String modelType,
            Backend backend,
            @Nullable Long seed,
            @Nullable Activation headActivation) {
        this.config = config;
        this.modelType = modelType;
        this.backend = backend;
        this.seed = seed;
        this.headActivation = headActivation;
    }

    @Override
    public boolean beginsPlain() {
        return config.parallel();
    }

    @Override
    public @Nullable SublayerOp sublayer(SublayerSite site) {
        if (!config.includes(site)) {
            return null;
        }
        String name = module(site) + ".adapters.";
        long hidden = site.width();
        long width = config.width(site);
        Bottleneck bottleneck = new Bottleneck(
                config,
                config.activation(),
                new Parameter(name + "adapter_down.0.weight", down(name, width, hidden)),
                new Parameter(name + "adapter_down.0.bias", zeros(width)),
                new Parameter(name + "adapter_up.weight", up(name, hidden, width)),
                new Parameter(name + "adapter_up.bias", zeros(hidden)));
        parameters.addAll(bottleneck.parameters());
        return bottleneck;
    }

    /** Sequential bottlenecks are near zero in both layers; parallel ones as a linear layer and zero (LoRA's way). */
    private NDArray down(String name, long width, long hidden) {
        if (seed == null) {
            return zeros(width, hidden);
        }
        return config.parallel()
                ? Initial.uniform(backend, seed, name + "down", 1 / Math.sqrt((double) hidden), width, hidden)
                : Initial.normal(backend, seed, name + "down", DEVIATION, width, hidden);
    }

    private NDArray up(String name, long hidden, long width) {
        return seed == null || config.parallel()
                ? zeros(hidden, width)
                : Initial.normal(backend, seed, name + "up", DEVIATION, hidden, width);
    }

    private NDArray zeros(long... shape) {
        return backend.manager().zeros(new Shape(shape));
    }

    /** The module of {@code adapters} that holds the bottlenecks of a place: DistilBERT's layers have two for them. */
    private String module(SublayerSite site) {
        if (!modelType.equals("distilbert")) {
            return site.name();
        }
        String layer = site.name().substring(0, site.name().lastIndexOf('.'));
        return switch (site.kind()) {
            case ATTENTION -> layer + ".attention_adapters";
            case FEED_FORWARD -> layer + ".output_adapters";
        };
    }

    @Override
    public Activation headActivation(Activation plain) {
        return headActivation == null ? plain : headActivation;
    }

    /** The bottlenecks' weights under {@code adapters}' names, without the adapter's own: {@code ….adapters.adapter_up.bias}. */
    Parameters parameters() {
        return parameters;
    }
}
