package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.BaseFingerprint;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.LinearSite;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Ops;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.TiedWords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Makes one adapter of several, with PEFT's {@code add_weighted_adapter}'s numbers. What is no update (head, {@code
 * modules_to_save}), which PEFT refuses to merge, becomes the mean by weight.
 */
final class AdapterMerge implements Start, AutoCloseable {

    /** One adapter: its configuration and its tensors. */
    private record Adapter(String option, LoraConfig config, boolean nf4, Map<String, NDArray> tensors) {

        Set<String> modules() {
            Set<String> modules = new TreeSet<>();
            for (String key : tensors.keySet()) {
                if (key.endsWith(".lora_A.weight")) {
                    modules.add(key.substring(LoraHooks.PREFIX.length(), key.length() - ".lora_A.weight".length()));
                }
            }
            return modules;
        }

        /** What PEFT would not merge: head and {@code modules_to_save}. */
        Set<String> savedModules() {
            Set<String> saved = new TreeSet<>();
            for (String key : tensors.keySet()) {
                if (!key.contains(".lora_")) {
                    saved.add(key.substring(0, key.lastIndexOf('.')).replace(LoraHooks.PREFIX, ""));
                }
            }
            return saved;
        }

        /** The rank that no update of the adapter's is above. */
        int greatestRank() {
            return Math.max(
                    config.r(),
                    config.rankPattern().values().stream()
                            .mapToInt(Integer::intValue)
                            .max()
                            .orElse(0));
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

    private final MergeOptions options;
    private final List<Adapter> adapters;
    private final NDManager manager;
    private final Backend backend;
    private final long seed;

    private AdapterMerge(MergeOptions options, List<Adapter> adapters, NDManager manager, Backend backend, long seed) {
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
    static AdapterMerge open(MergeOptions options, Inputs inputs) {
        NDManager manager = inputs.backend().scope();
        try {
            List<Adapter> adapters = new ArrayList<>();
            for (String option : options.locations().keySet()) {
                adapters.add(read(option, inputs, manager));
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

    private static Adapter read(String option, Inputs inputs, NDManager manager) {
        Path folder = inputs.folder(option);
        try {
            if (!PeftFiles.areIn(folder)
                    || !PeftFiles.readConfig(folder).path("peft_type").asText().equals("LORA")) {
                throw bad(option, "it is no LoRA adapter");
            }
            refuseOtherLabels(option, folder, inputs.labels());
            ObjectNode file = PeftFiles.readConfig(folder);
            if (BaseFingerprint.broughtBy(folder).isEmpty()) {
                refuseOtherBase(
                        option,
                        file.path("base_model_name_or_path").asText(""),
                        inputs.request().model());
            }
            LoraConfig config = LoraConfigFile.read(file, folder.toString());
            refuseUnmergeable(option, config);
            return new Adapter(option, config, QuantizationFile.isIn(folder), PeftFiles.readTensors(folder, manager));
        } catch (JobException e) {
            throw ("method." + option).equals(e.error().param())
                    ? e
                    : bad(option, e.error().message());
        }
    }

    private static void refuseUnmergeable(String option, LoraConfig config) {
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
    }

    /** The same model lies in many places; where the adapter does not tell more, what it is called is the last part of each. */
    private static void refuseOtherBase(String option, String made, String model) {
        if (!made.isBlank() && !modelName(made).equals(modelName(model))) {
            throw bad(
                    option,
                    "it was made for another base, %s, and the request's model is %s; give that model, or put the right name into base_model_name_or_path of its %s"
                            .formatted(made, model, PeftFiles.CONFIG));
        }
    }

    private static String modelName(String location) {
        String path = location.replaceFirst("/+$", "").replaceFirst("^file:", "");
        return path.substring(path.lastIndexOf('/') + 1).replaceFirst("@.*", "");
    }

    private void refuseOthers() {
        Adapter first = adapters.getFirst();
        for (Adapter other : adapters) {
            refuseApart(
                    other,
                    first.modules(),
                    other.modules(),
                    "which one of them does not update; merge adapters with the same target_modules");
            refuseApart(
                    other,
                    first.savedModules(),
                    other.savedModules(),
                    "which one of them does not bring; merge adapters with the same modules_to_save");
            if (other.nf4() != first.nf4()) {
                throw bad(
                        other.option(),
                        "it and the first adapter were trained on different weights: %s has %s, so its base was in 4 bits; merge adapters on the same weights"
                                .formatted(other.nf4() ? "it" : "the first", QuantizationFile.NAME));
            }
        }
    }

    private static void refuseApart(Adapter other, Set<String> here, Set<String> there, String reason) {
        Set<String> apart = new TreeSet<>(here);
        apart.addAll(there);
        apart.removeIf(module -> here.contains(module) && there.contains(module));
        if (!apart.isEmpty()) {
            throw bad(
                    other.option(),
                    "it and the first adapter differ in %s, %s"
                            .formatted(apart.iterator().next(), reason));
        }
    }

    /** Whether the adapters belong to a base in 4 bits, and so does what is made of them. */
    boolean nf4() {
        return adapters.getFirst().nf4();
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
                            "its update of %s is %d by %d, the layer %d by %d: the adapter was made for another base; merge adapters of this model"
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
                        case SVD -> decomposed(site, parts, scope);
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
    private Factors decomposed(LinearSite site, List<Factors> parts, NDManager scope) {
        int rank = svdRank(site);
        NDArray sum = scope.zeros(new Shape(site.outFeatures(), site.inFeatures()));
        for (int i = 0; i < parts.size(); i++) {
            Factors part = parts.get(i);
            NDArray product = part.b().matMul(part.a());
            product.attach(scope);
            sum = sum.add(product.mul(options.weights().get(i) * part.scale()));
        }
        Ops.Svd svd = Ops.svd(sum);
        return new Factors(
                svd.v().get(":" + rank), svd.u().get(":, :" + rank).mul(svd.s().get(":" + rank)), 1);
    }

    /** The rank asked for; else, as in PEFT, the greatest of all adapters and layers, as far as the layer has room for it. */
    private int svdRank(LinearSite site) {
        Integer asked = options.svdRank();
        if (asked != null) {
            return Start.fitting(asked, site, "method.merge_adapters.svd_rank");
        }
        int greatest = adapters.stream().mapToInt(Adapter::greatestRank).max().orElseThrow();
        return (int) Math.min(greatest, Math.min(site.outFeatures(), site.inFeatures()));
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

    /** Takes out the output layers that the words are: see {@link TiedWords}. */
    void tie(Network network) {
        adapters.forEach(adapter -> TiedWords.take(adapter.tensors(), network, adapter.option()));
    }

    /** Refuses what has no place in the model, whose parameters have these keys. */
    void check(Set<String> keys) {
        for (Adapter adapter : adapters) {
            for (String key : adapter.tensors().keySet()) {
                if (!keys.contains(key)) {
                    throw bad(
                            adapter.option(),
                            "its %s has no place in the model: the adapter was made for another base; merge adapters of this model"
                                    .formatted(key));
                }
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
