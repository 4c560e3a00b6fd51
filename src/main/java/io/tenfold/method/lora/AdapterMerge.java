package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobException;
import io.tenfold.model.LinearSite;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes one adapter of several, with PEFT's {@code add_weighted_adapter}'s numbers. What is no update (head, {@code
 * modules_to_save}), which PEFT refuses to merge, becomes the mean by weight.
 */
final class AdapterMerge implements Start, AutoCloseable {

    /** The option that names the adapters; a number in brackets follows. */
    static final String ADAPTERS = "merge_adapters.adapters";

    /** What {@code merge_adapters} says; {@code svdRank} null: the largest of the adapters'. */
    record Options(
            List<String> adapters,
            List<Double> weights,
            Combination combination,
            @Nullable Integer svdRank) {

        /** Null when it is left out. */
        static @Nullable Options read(Fields method) {
            Fields f = method.object("merge_adapters", false);
            if (!method.has("merge_adapters")) {
                return null;
            }
            List<String> adapters = f.texts("adapters");
            if (adapters == null || adapters.isEmpty()) {
                if (!f.has("adapters") || adapters != null) {
                    f.error("adapters", "%s names no adapter; give their locations".formatted(f.param("adapters")));
                }
                adapters = List.of();
            }
            List<String> kinds = java.util.Arrays.stream(Combination.Kind.values())
                    .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                    .toList();
            Combination.Kind kind = Combination.Kind.valueOf(
                    f.oneOf("combination_type", kinds, "svd").toUpperCase(Locale.ROOT));
            double density = f.number("density", 0.5, x -> x > 0 && x <= 1, "above 0 and at most 1");
            boolean byFrequency = f.oneOf("majority_sign_method", List.of("total", "frequency"), "total")
                    .equals("frequency");
            Integer svdRank = f.integer("svd_rank", 1, 65_536);
            refuseUnused(f, "density", kind.prunes(), kind);
            refuseUnused(f, "majority_sign_method", kind.electsSigns(), kind);
            refuseUnused(f, "svd_rank", kind == Combination.Kind.SVD, kind);
            List<Double> weights = weights(f, adapters.size());
            f.refuseUnknown();
            return new Options(adapters, weights, new Combination(kind, density, byFrequency), svdRank);
        }

        private static void refuseUnused(Fields f, String name, boolean used, Combination.Kind kind) {
            if (f.has(name) && !used) {
                f.error(
                        name,
                        "%s is given, but combination_type %s has no use for it; leave it out"
                                .formatted(f.param(name), kind.name().toLowerCase(Locale.ROOT)));
            }
        }

        private static List<Double> weights(Fields f, int adapters) {
            List<Double> weights = f.numbers("weights");
            if (weights == null) {
                return Collections.nCopies(adapters, 1.0 / Math.max(1, adapters));
            }
            if (weights.size() != adapters) {
                f.error(
                        "weights",
                        "%s has %d numbers for %d adapters; give one for each"
                                .formatted(f.param("weights"), weights.size(), adapters));
            } else if (adapters > 0 && weights.stream().noneMatch(weight -> weight > 0)) {
                f.error(
                        "weights",
                        "%s has no number above 0; the heads are averaged by what is above 0"
                                .formatted(f.param("weights")));
            }
            return weights;
        }

        /** The locations by option. */
        Map<String, String> locations() {
            Map<String, String> locations = new LinkedHashMap<>();
            for (int i = 0; i < adapters.size(); i++) {
                locations.put(option(i), adapters.get(i));
            }
            return locations;
        }

        private static String option(int adapter) {
            return "%s[%d]".formatted(ADAPTERS, adapter);
        }
    }

    /** One adapter: its configuration and its tensors. */
    private record Adapter(String option, LoraConfig config, Map<String, NDArray> tensors) {

        Set<String> modules() {
            Set<String> modules = new TreeSet<>();
            for (String key : tensors.keySet()) {
                if (key.endsWith(".lora_A.weight")) {
                    modules.add(key.substring(LoraHooks.PREFIX.length(), key.length() - ".lora_A.weight".length()));
                }
            }
            return modules;
        }

        NDArray tensor(String key) {
            NDArray tensor = tensors.get(key);
            if (tensor == null) {
                throw bad(option, "it has no " + key);
            }
            return tensor;
        }

        Factors factors(String module) {
            String name = LoraHooks.PREFIX + module;
            return new Factors(tensor(name + ".lora_A.weight"), tensor(name + ".lora_B.weight"), config.scale(module));
        }
    }

    private final Options options;
    private final List<Adapter> adapters;
    private final NDManager manager;
    private final Backend backend;
    private final long seed;

    private AdapterMerge(Options options, List<Adapter> adapters, NDManager manager, Backend backend, long seed) {
        this.options = options;
        this.adapters = adapters;
        this.manager = manager;
        this.backend = backend;
        this.seed = seed;
    }

    /**
     * Reads the adapters.
     *
     * @throws JobException bad_model for one that is no plain LoRA adapter, or that does not fit the others
     */
    static AdapterMerge open(Options options, Inputs inputs) {
        NDManager manager = inputs.backend().scope();
        try {
            List<Adapter> adapters = new ArrayList<>();
            for (String option : options.locations().keySet()) {
                refuseOtherLabels(option, inputs.folder(option), inputs.labels());
                adapters.add(read(option, inputs.folder(option), manager));
            }
            AdapterMerge merge = new AdapterMerge(
                    options,
                    adapters,
                    manager,
                    inputs.backend(),
                    inputs.options().seed());
            merge.refuseOthers();
            return merge;
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** Heads can be averaged only where their outputs mean the same; our own artifacts tell what they mean. */
    private static void refuseOtherLabels(String option, Path folder, List<String> labels) {
        Path report = folder.resolve("metrics.json");
        if (!Files.exists(report)) {
            return;
        }
        try {
            List<String> own = new ArrayList<>();
            JsonFile.read(report).path("labels").forEach(label -> own.add(label.asText()));
            if (!own.isEmpty() && !own.equals(labels)) {
                throw bad(
                        option,
                        "its labels are %s, the task's %s; give task.labels in its order".formatted(own, labels));
            }
        } catch (IOException e) {
            throw bad(option, "its metrics.json can't be read: " + e.getMessage());
        }
    }

    private static Adapter read(String option, Path folder, NDManager manager) {
        if (!PeftFiles.areIn(folder)
                || !PeftFiles.readConfig(folder).path("peft_type").asText().equals("LORA")) {
            throw bad(option, "it is no LoRA adapter");
        }
        LoraConfig config = AdapterConfig.read(PeftFiles.readConfig(folder), "method." + option);
        if (config.useDora() || config.changesTheBase() || config.bias() != LoraConfig.Bias.NONE) {
            throw bad(
                    option,
                    "it has %s, which can't be merged; merge plain updates, or write merged models with merge"
                            .formatted(
                                    config.useDora()
                                            ? "use_dora"
                                            : config.changesTheBase()
                                                    ? "init_lora_weights " + config.init()
                                                    : "bias " + config.bias()));
        }
        return new Adapter(option, config, PeftFiles.readTensors(folder, manager));
    }

    private void refuseOthers() {
        Adapter first = adapters.getFirst();
        for (Adapter other : adapters) {
            Set<String> apart = new TreeSet<>(first.modules());
            apart.addAll(other.modules());
            apart.removeIf(module ->
                    first.modules().contains(module) && other.modules().contains(module));
            if (!apart.isEmpty()) {
                throw bad(
                        other.option(),
                        "it and the first adapter differ in %s, which one of them does not update; merge adapters with the same target_modules"
                                .formatted(apart.iterator().next()));
            }
        }
    }

    /** What the result is, but for its ranks: the adapters' own targets and modules. */
    LoraConfig config() {
        return adapters.getFirst().config();
    }

    @Override
    public Factors factors(LinearSite site) {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            List<Factors> parts = new ArrayList<>();
            for (Adapter adapter : adapters) {
                Factors part = adapter.factors(site.name());
                if (part.a().getShape().get(1) != site.inFeatures()
                        || part.b().getShape().get(0) != site.outFeatures()) {
                    throw bad(
                            adapter.option(),
                            "its update of %s is %d by %d, the layer %d by %d: the adapter was made for another base"
                                    .formatted(
                                            site.name(),
                                            part.b().getShape().get(0),
                                            part.a().getShape().get(1),
                                            site.outFeatures(),
                                            site.inFeatures()));
                }
                parts.add(part);
            }
            Factors merged =
                    switch (options.combination().kind()) {
                        case SVD -> decomposed(parts, scope);
                        case CAT -> beside(parts, scope);
                        case LINEAR, MAGNITUDE_PRUNE, TIES, DARE_LINEAR, DARE_TIES -> added(site.name(), parts, scope);
                    };
            return merged.in(backend.manager());
        }
    }

    /** The product of weight and scale in equal parts on both factors, its sign on the first. */
    private Factors added(String module, List<Factors> parts, NDManager scope) {
        double[] first = new double[parts.size()];
        double[] second = new double[parts.size()];
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).rank() != parts.getFirst().rank()) {
                throw bad(
                        adapters.get(i).option(),
                        "its rank for %s is %d, the first adapter's %d; adapters of different ranks merge with combination_type svd or cat"
                                .formatted(
                                        module,
                                        parts.get(i).rank(),
                                        parts.getFirst().rank()));
            }
            double weight = options.weights().get(i) * parts.get(i).scale();
            second[i] = Math.sqrt(Math.abs(weight));
            first[i] = Math.copySign(second[i], weight);
        }
        return new Factors(
                sum(module + ".lora_A", parts.stream().map(Factors::a).toList(), first, scope),
                sum(module + ".lora_B", parts.stream().map(Factors::b).toList(), second, scope),
                1);
    }

    private NDArray sum(String name, List<NDArray> arrays, double[] weights, NDManager scope) {
        Shape shape = arrays.getFirst().getShape();
        float[][] numbers = arrays.stream().map(NDArray::toFloatArray).toArray(float[][]::new);
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + name.hashCode());
        return scope.create(options.combination().sum(numbers, weights, random), shape);
    }

    /** The factors one after another: exact, with the sum of the ranks. */
    private Factors beside(List<Factors> parts, NDManager scope) {
        NDArray a = scope.create(new Shape(0, parts.getFirst().a().getShape().get(1)));
        NDArray b = scope.create(new Shape(parts.getFirst().b().getShape().get(0), 0));
        for (int i = 0; i < parts.size(); i++) {
            a = a.concat(
                    parts.get(i).a().mul(options.weights().get(i) * parts.get(i).scale()), 0);
            b = b.concat(parts.get(i).b(), 1);
        }
        return new Factors(a, b, 1);
    }

    /** The best approximation of the whole sum. */
    private Factors decomposed(List<Factors> parts, NDManager scope) {
        NDArray sum = scope.zeros(new Shape(
                parts.getFirst().b().getShape().get(0),
                parts.getFirst().a().getShape().get(1)));
        int most = 0;
        for (int i = 0; i < parts.size(); i++) {
            Factors part = parts.get(i);
            NDArray product = part.b().matMul(part.a());
            product.attach(scope);
            sum = sum.add(product.mul(options.weights().get(i) * part.scale()));
            most = Math.max(most, part.rank());
        }
        Integer asked = options.svdRank();
        int rank = (int) Math.min(
                asked == null ? most : asked,
                Math.min(sum.getShape().get(0), sum.getShape().get(1)));
        Ops.Svd svd = Ops.svd(sum);
        return new Factors(
                svd.v().get(":" + rank), svd.u().get(":, :" + rank).mul(svd.s().get(":" + rank)), 1);
    }

    /** The mean of a parameter that is no update, by the weights above 0; of the scope. */
    NDArray mean(String key, Shape shape, NDManager scope) {
        NDArray mean = scope.zeros(shape);
        double total = options.weights().stream()
                .mapToDouble(weight -> Math.max(0, weight))
                .sum();
        for (int i = 0; i < adapters.size(); i++) {
            NDArray own = adapters.get(i).tensor(key);
            if (!own.getShape().equals(shape)) {
                throw bad(
                        adapters.get(i).option(),
                        "its %s is %s, the task needs %s: it was trained for other labels"
                                .formatted(key, own.getShape(), shape));
            }
            double weight = Math.max(0, options.weights().get(i)) / total;
            mean = mean.addi(own.mul(weight));
        }
        return mean;
    }

    /** Refuses updates of layers that the model does not have. */
    void check(Set<String> updated) {
        for (String module : adapters.getFirst().modules()) {
            if (!updated.contains(module)) {
                throw bad(
                        adapters.getFirst().option(),
                        "it updates %s, which the model does not have: the adapter was made for another base"
                                .formatted(module));
            }
        }
    }

    private static JobException bad(String option, String message) {
        return new JobException(ErrorCode.BAD_MODEL, "method." + option, "method.%s: %s".formatted(option, message));
    }

    @Override
    public void close() {
        manager.close();
    }
}
