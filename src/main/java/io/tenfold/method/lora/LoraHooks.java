package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.LinearOp;
import io.tenfold.model.LinearSite;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Initial;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.ModuleNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts {@code scale · B A} beside the targeted linear layers of a model that is being built. */
final class LoraHooks implements ModelHooks {

    /** PEFT's beginning of every key. */
    static final String PREFIX = "base_model.model.";

    /** A layer with its update: a [r, in], b [out, r]. */
    record Update(LinearSite site, Parameter a, Parameter b, double scale) {}

    private final LoraConfig config;
    private final String modelType;
    private final Backend backend;
    private final long seed;
    private final @Nullable Double dropoutOverride;
    private final Map<String, Update> updates = new LinkedHashMap<>();
    private final List<String> modules = new ArrayList<>();

    /** @param dropoutOverride the request's; 0 turns {@code lora_dropout} off as well */
    LoraHooks(LoraConfig config, String modelType, Backend backend, long seed, @Nullable Double dropoutOverride) {
        this.config = config;
        this.modelType = modelType;
        this.backend = backend;
        this.seed = seed;
        this.dropoutOverride = dropoutOverride;
    }

    @Override
    public LinearOp linear(LinearSite site, LinearOp plain) {
        if (site.head() || ModuleNames.isWithin(site.name(), config.modulesToSave())) {
            return plain;
        }
        modules.add(site.name());
        if (!config.targets().include(site.name(), modelType) || !isWanted(site.layer())) {
            return plain;
        }
        Update update = update(site);
        updates.put(site.name(), update);
        double dropout = dropoutOverride != null && dropoutOverride == 0 ? 0 : config.loraDropout();
        return (x, training) -> {
            NDArray y = plain.apply(x, training);
            return Ops.lora(y, x, update.a().value(), update.b().value(), update.scale(), training ? dropout : 0);
        };
    }

    private boolean isWanted(int layer) {
        List<Integer> layers = config.layersToTransform();
        return layers == null || layers.contains(layer);
    }

    private Update update(LinearSite site) {
        int rank = config.rank(site.name());
        long in = site.inFeatures();
        long out = site.outFeatures();
        if (rank > Math.min(in, out)) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "method.r",
                    "rank %d is larger than %s, which is %d by %d; a rank of 4 to 64 is usual"
                            .formatted(rank, site.name(), out, in));
        }
        String name = PREFIX + site.name();
        NDArray a =
                switch (config.init()) {
                    case DEFAULT ->
                        Initial.uniform(backend, seed, name + ".lora_A", 1 / Math.sqrt((double) in), rank, in);
                    case GAUSSIAN -> Initial.normal(backend, seed, name + ".lora_A", 1.0 / rank, rank, in);
                };
        Parameter first = new Parameter(name + ".lora_A.weight", a);
        Parameter second = new Parameter(
                name + ".lora_B.weight", backend.manager().zeros(new ai.djl.ndarray.types.Shape(out, rank)));
        return new Update(site, first, second, config.scale(site.name()));
    }

    /** The layers with an update, by module name, in the model's order. */
    Map<String, Update> updates() {
        return updates;
    }

    /** A and B of every layer. */
    Parameters parameters() {
        Parameters parameters = new Parameters();
        updates.values().forEach(update -> {
            parameters.add(update.a());
            parameters.add(update.b());
        });
        return parameters;
    }

    /** Refuses targets that match nothing, now that the model is built. */
    void check() {
        config.targets().refuseUnmatched(modules);
        if (updates.isEmpty()) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "method.layers_to_transform",
                    "no layer gets an update: layers_to_transform is %s and target_modules matches only other layers"
                            .formatted(config.layersToTransform()));
        }
    }
}
