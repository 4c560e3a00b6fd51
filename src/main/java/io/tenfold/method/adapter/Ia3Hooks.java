package io.tenfold.method.adapter;

import ai.djl.ndarray.types.Shape;
import io.tenfold.model.LinearOp;
import io.tenfold.model.LinearSite;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.SavedModules;
import io.tenfold.train.TargetModules;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Multiplies what goes into feed-forward layers, and what comes out of the other targeted layers, by a learned vector (Liu
 * et al. 2022, arXiv:2205.05638, section 3.3). Vectors begin as ones.
 */
final class Ia3Hooks implements ModelHooks {

    /** PEFT's beginning of every key. */
    static final String PREFIX = "base_model.model.";

    private final Ia3Config config;
    private final TargetModules targets;
    private final TargetModules feedForward;
    private final Backend backend;
    private final Map<String, Parameter> vectors = new LinkedHashMap<>();
    private final List<String> modules = new java.util.ArrayList<>();

    Ia3Hooks(Ia3Config config, String modelType, Backend backend) {
        this.config = config;
        this.backend = backend;
        targets = config.targets(modelType);
        feedForward = config.feedForward(modelType);
    }

    @Override
    public LinearOp linear(LinearSite site, LinearOp plain) {
        if (site.head() || SavedModules.have(config.modulesToSave(), site.name())) {
            return plain;
        }
        modules.add(site.name());
        if (!targets.include(site.name())) {
            return plain;
        }
        boolean input = isFeedForward(site.name());
        Shape shape = input ? new Shape(1, site.inFeatures()) : new Shape(site.outFeatures(), 1);
        Parameter vector =
                new Parameter(PREFIX + site.name() + ".ia3_l", backend.manager().ones(shape));
        vectors.put(site.name(), vector);
        return input
                ? (x, training) -> plain.apply(Ops.scaleColumns(x, vector.value()), training)
                : (x, training) -> Ops.scaleColumns(plain.apply(x, training), vector.value());
    }

    /** PEFT takes any ending of the name here, not only one that begins at a point. */
    private boolean isFeedForward(String module) {
        return feedForward instanceof TargetModules.Names(List<String> names)
                ? names.stream().anyMatch(module::endsWith)
                : feedForward.include(module);
    }

    /** The vectors under PEFT's names: [1, in] for feed-forward layers, [out, 1] for others. */
    Parameters parameters() {
        return new Parameters(vectors.values());
    }

    /** The layers that have a vector. */
    List<String> targeted() {
        return List.copyOf(vectors.keySet());
    }

    /** Those of them that are multiplied at their input. */
    List<String> atInputs() {
        return vectors.keySet().stream().filter(this::isFeedForward).toList();
    }

    /** Refuses names that match nothing, now that the model is built. */
    void check() {
        targets.refuseUnmatched(modules, "method.target_modules", "linear layer of the model");
        if (config.feedForward() != null) {
            config.feedForward()
                    .refuseUnmatched(vectors.keySet(), "method.feedforward_modules", "layer that target_modules means");
        }
    }
}
