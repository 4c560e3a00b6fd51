package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.checkpoint.OtherBase;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.LinearOp;
import io.tenfold.model.LinearSite;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Nf4;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.train.ModuleNames;
import io.tenfold.train.SavedModules;
import io.tenfold.train.TargetModules;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts updates beside the targeted linear layers of a model that is being built. */
final class LoraHooks implements ModelHooks {

    /** PEFT's beginning of every key. */
    static final String PREFIX = "base_model.model.";

    private final LoraConfig config;
    private final TargetModules targets;
    private final Start start;
    private final Backend backend;
    private final Nf4.@Nullable Tables nf4;
    private final @Nullable Double dropoutOverride;
    private final Map<String, Update> updates = new LinkedHashMap<>();
    private final Map<String, Nf4> quantized = new LinkedHashMap<>();
    private final List<String> modules = new ArrayList<>();
    private int layers;

    /**
     * @param nf4 whether the layers' frozen weights are kept in 4 bits
     * @param dropoutOverride the request's; 0 turns {@code lora_dropout} off as well
     */
    LoraHooks(
            LoraConfig config,
            String modelType,
            Start start,
            boolean nf4,
            Backend backend,
            @Nullable Double dropoutOverride) {
        this.config = config;
        targets = config.targets(modelType);
        this.start = start;
        this.backend = backend;
        this.nf4 = nf4 ? new Nf4.Tables(backend.manager()) : null;
        this.dropoutOverride = dropoutOverride;
    }

    @Override
    public LinearOp linear(LinearSite site, LinearOp plain) {
        layers = Math.max(layers, site.layer() + 1);
        if (site.head() || SavedModules.have(config.modulesToSave(), site.name())) {
            return plain;
        }
        modules.add(site.name());
        LinearOp frozen = nf4 == null ? plain : quantized(site);
        if (!targets.include(site.name()) || !isWanted(site.layer())) {
            return frozen;
        }
        Update update = update(site);
        updates.put(site.name(), update);
        double dropout = dropoutOverride != null && dropoutOverride == 0 ? 0 : config.loraDropout();
        return (x, training) -> update.apply(frozen.apply(x, training), x, training ? dropout : 0);
    }

    /** Else every layer's fp32 weight, once unpacked, would wait in memory for the backward pass. */
    @Override
    public boolean recomputesLayers() {
        return nf4 != null;
    }

    private boolean isWanted(int layer) {
        List<Integer> wanted = config.layersToTransform();
        return wanted == null || wanted.contains(layer);
    }

    /** Replaces the weight by its codes at once, so that no two layers' weights lie in memory side by side. */
    private LinearOp quantized(LinearSite site) {
        Nf4 codes = Nf4.of(site.weight().value(), Objects.requireNonNull(nf4));
        site.weight().release();
        quantized.put(site.name(), codes);
        Parameter bias = site.bias();
        return (x, _) -> codes.linear(x, bias == null ? null : bias.value());
    }

    private Update update(LinearSite site) {
        Factors factors = start.factors(site);
        String name = PREFIX + site.name();
        Update update = new Update(
                site,
                quantized.get(site.name()),
                new Parameter(name + ".lora_A.weight", factors.a()),
                new Parameter(name + ".lora_B.weight", factors.b()),
                factors.scale(),
                null,
                start.changesTheBase() ? factors.in(backend.manager()) : null);
        return config.useDora() ? update.with(magnitude(update, name)) : update;
    }

    /** The norms that the layer has at the beginning, under PEFT's name. */
    private Parameter magnitude(Update update, String name) {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            NDArray norms = Ops.doraNorm(
                    update.weight(scope), update.a().value(), update.b().value(), update.scale());
            norms.attach(backend.manager());
            return new Parameter(name + ".lora_magnitude_vector", norms);
        }
    }

    /** Whether Transformers keeps the weights of the targets transposed. */
    boolean transposed() {
        return updates.values().stream().anyMatch(update -> update.site().transposed());
    }

    /** The names by which PEFT finds the targets; as PEFT does before it saves, all-linear is spelled out. */
    Collection<String> targetNames() {
        return targets instanceof TargetModules.Names(List<String> names) ? names : updates.keySet();
    }

    /** The layers with an update, by module name, in the model's order. */
    Map<String, Update> updates() {
        return updates;
    }

    /** The weights that are kept in 4 bits, by module name. */
    Map<String, Nf4> quantized() {
        return quantized;
    }

    /** A, B and magnitude of every layer. */
    Parameters parameters() {
        Parameters parameters = new Parameters();
        updates.values().forEach(update -> {
            parameters.add(update.a());
            parameters.add(update.b());
            if (update.magnitude() != null) {
                parameters.add(update.magnitude());
            }
        });
        return parameters;
    }

    /** Refuses what the request names and the model does not have, now that the model is built. */
    void check() {
        targets.refuseUnmatched(modules, "method.target_modules", "linear layer of the model");
        List<Integer> wanted = config.layersToTransform();
        for (int layer : wanted == null ? List.<Integer>of() : wanted) {
            if (layer >= layers) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "method.layers_to_transform",
                        "method.layers_to_transform has %d, but the model's layers are numbered from 0 to %d; leave it out"
                                .formatted(layer, layers - 1));
            }
        }
        if (updates.isEmpty()) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "method.layers_to_transform",
                    "no layer gets an update: layers_to_transform is %s and target_modules matches only other layers"
                            .formatted(wanted));
        }
        refuseUnmatched("method.rank_pattern", config.rankPattern().keySet());
        refuseUnmatched("method.alpha_pattern", config.alphaPattern().keySet());
    }

    private void refuseUnmatched(String param, Collection<String> keys) {
        for (String key : keys) {
            if (updates.keySet().stream().noneMatch(module -> ModuleNames.matchesKey(module, key))) {
                throw TargetModules.unmatched(key, updates.keySet(), param, "layer with an update");
            }
        }
    }

    /**
     * Refuses an adapter none of whose targets the model has. One that it lacks is no error, as in PEFT: what matters is
     * that each tensor of the adapter finds its place.
     */
    void checkSome(String location) {
        if (updates.isEmpty()) {
            throw OtherBase.refused(location, "no linear layer of the base model is among its target_modules");
        }
    }
}
