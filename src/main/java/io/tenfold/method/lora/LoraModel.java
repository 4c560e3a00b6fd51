package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.LayerNumber;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Networks;
import io.tenfold.train.SavedModules;
import io.tenfold.train.TiedWords;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** A base model with its updates: what of it goes into the adapter, and how that is written. */
final class LoraModel {

    private final LoraConfig config;
    private final LoraHooks hooks;
    private final Network network;
    private final List<String> savedModules;

    private LoraModel(LoraConfig config, LoraHooks hooks, Network network) {
        this.config = config;
        this.hooks = hooks;
        this.network = network;
        Set<String> saved = new LinkedHashSet<>(network.newModules());
        saved.addAll(config.modulesToSave());
        savedModules = List.copyOf(saved);
    }

    /** For a job; refuses targets and modules that the model does not have. */
    static LoraModel build(LoraOptions options, Inputs inputs) {
        if (options.extract() != null) {
            return extracted(options.extract(), options.adapter(), inputs);
        }
        if (options.merging() != null) {
            return merged(options.merging(), inputs);
        }
        LoraConfig config = options.adapter();
        Start start = config.changesTheBase()
                ? new PrincipalInit(config, inputs.backend())
                : Start.drawn(config, inputs.backend(), inputs.options().seed());
        LoraModel model = load(config, start, options.nf4(), inputs);
        return model.closedOnError(model::check);
    }

    /** Does the work; when it fails, the network is closed. */
    private LoraModel closedOnError(Runnable work) {
        try {
            work.run();
            return this;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private static LoraModel load(LoraConfig config, Start start, boolean nf4, Inputs inputs) {
        LoraHooks hooks = new LoraHooks(
                config,
                Networks.modelType(inputs.modelFolder()),
                start,
                nf4,
                inputs.backend(),
                inputs.options().dropout());
        return new LoraModel(config, hooks, Networks.load(inputs, hooks));
    }

    private static LoraModel extracted(Extraction.Options options, LoraConfig asked, Inputs inputs) {
        Integer rank = options.rank();
        LoraConfig config = asked.ofExtraction(rank == null ? asked.r() : rank);
        try (Extraction extraction = Extraction.open(options, config, inputs)) {
            LoraModel model = load(config, extraction, false, inputs);
            return model.closedOnError(() -> {
                        extraction.check(model.network);
                        model.check();
                        model.fillOthers(
                                (parameter, _) ->
                                        extraction.parameter(parameter).value(),
                                inputs.backend());
                    })
                    .ofRanks();
        }
    }

    private static LoraModel merged(MergeOptions options, Inputs inputs) {
        try (AdapterMerge merge = AdapterMerge.open(options, inputs)) {
            LoraModel model = load(merge.config(), merge, merge.nf4(), inputs);
            return model.closedOnError(() -> {
                        merge.tie(model.network);
                        merge.check(model.parameters().stream()
                                .map(parameter -> model.key(parameter.name()))
                                .collect(Collectors.toSet()));
                        model.fillOthers(
                                (parameter, scope) -> merge.mean(model.key(parameter.name()), parameter.shape(), scope),
                                inputs.backend());
                    })
                    .ofRanks();
        }
    }

    /** For prediction, with the values of an adapter in PEFT's format. */
    static LoraModel open(LoraConfig config, Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        boolean nf4 = QuantizationFile.isIn(artifact);
        try (NDManager scope = backend.scope()) {
            AdapterValues values = AdapterValues.read(config, artifact, scope);
            LoraHooks hooks =
                    new LoraHooks(config, Networks.modelType(base.folder()), values.start(backend), nf4, backend, 0.0);
            Network network = base.network(
                    head,
                    hooks,
                    // What the artifact brings besides its updates, or changes, may be a weight of the base, too.
                    name -> (config.bias() != LoraConfig.Bias.NONE && name.endsWith(".bias"))
                            || ((nf4 || config.changesTheBase()) && isOfALayer(name))
                            || values.bring(name));
            LoraModel model = new LoraModel(config, hooks, network);
            return model.closedOnError(() -> {
                hooks.checkSome(artifact.toString());
                values.tie(network);
                values.fill(model.parameters(), model::key, network.report().drawn());
            });
        }
    }

    private static boolean isOfALayer(String parameter) {
        return parameter.endsWith(".weight")
                && (LayerNumber.isInALayer(parameter) || parameter.endsWith(".pooler.dense.weight"));
    }

    Network network() {
        return network;
    }

    /** Modules that are trained in full: head, new weights, and those that the request names. */
    List<String> savedModules() {
        return savedModules;
    }

    /** What the adapter holds: A, B and magnitudes, the modules trained in full, and biases as configured. */
    Parameters parameters() {
        Parameters parameters = hooks.parameters();
        parameters.addAll(others());
        return parameters;
    }

    private Parameters others() {
        return network.parameters()
                .matching(parameter ->
                        SavedModules.have(savedModules, parameter.name()) || isTrainedBias(parameter.name()));
    }

    private boolean isTrainedBias(String name) {
        boolean bias = name.endsWith(".bias");
        return switch (config.bias()) {
            case NONE -> false;
            case ALL -> bias;
            case LORA_ONLY -> bias && hooks.updates().containsKey(module(name));
        };
    }

    private static String module(String parameter) {
        return parameter.substring(0, parameter.lastIndexOf('.'));
    }

    private void check() {
        hooks.check();
        TiedWords.check(config.modulesToSave(), network, "method.modules_to_save");
        for (String module : config.modulesToSave()) {
            if (network.parameters().stream()
                    .noneMatch(parameter -> SavedModules.have(List.of(module), parameter.name()))) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "method.modules_to_save",
                        "method.modules_to_save has %s, which is no module of the model; name one such as pooler, or leave it out"
                                .formatted(module));
            }
        }
    }

    /** Gives what is no update its values, each an array that fits, or of the scope. */
    private void fillOthers(BiFunction<Parameter, NDManager, NDArray> values, Backend backend) {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            for (Parameter parameter : others()) {
                parameter.set(values.apply(parameter, scope));
            }
        }
    }

    /** The same with the ranks that finished updates turned out to have. */
    private LoraModel ofRanks() {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        hooks.updates()
                .forEach((module, update) ->
                        ranks.put(module, Math.toIntExact(update.a().shape().get(0))));
        return new LoraModel(config.ofRanks(ranks), hooks, network);
    }

    /** Writes PEFT's two files, and whether the base was in 4 bits. */
    void write(Path folder, String baseLocation, Backend backend) {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (Parameter parameter : parameters()) {
                tensors.put(key(parameter.name()), parameter.value());
            }
            for (Update update : hooks.updates().values()) {
                if (update.removed() != null) {
                    Factors converted = PrincipalInit.converted(update, update.removed(), scope);
                    tensors.put(update.a().name(), converted.a());
                    tensors.put(update.b().name(), converted.b());
                }
            }
            LoraConfig written = config.changesTheBase() ? PrincipalInit.converted(config) : config;
            List<String> modules = new ArrayList<>(savedModules);
            boolean tied = TiedWords.areWithin(modules, network);
            if (tied) {
                TiedWords.add(modules, tensors, network);
            }
            ObjectNode file = LoraConfigFile.write(
                    written,
                    network.firstHead().peftTask(),
                    hooks.transposed(),
                    baseLocation,
                    hooks.targetNames(),
                    modules);
            // Older PEFTs, which have no such switch, open all other files.
            PeftFiles.write(folder, tied ? file.put(TiedWords.SWITCH, true) : file, tensors);
        }
        if (!hooks.quantized().isEmpty()) {
            QuantizationFile.write(folder);
        }
    }

    /** PEFT's key of a parameter: the biases of wrapped layers lie one module deeper. */
    private String key(String name) {
        if (name.startsWith(LoraHooks.PREFIX)) {
            return name;
        }
        boolean wrapped = hooks.updates().containsKey(module(name));
        return LoraHooks.PREFIX
                + (wrapped ? module(name) + ".base_layer" + name.substring(name.lastIndexOf('.')) : name);
    }

    /** Writes the model with each update in its layer's weight; a weight kept in 4 bits as the numbers it stood for. */
    void writeMerged(Path folder, TextTokenizer tokenizer, Backend backend) {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (Parameter parameter : network.parameters()) {
                tensors.put(parameter.name(), network.asSaved(parameter.name(), merged(parameter, scope)));
            }
            ModelFiles.write(folder, network, tensors, tokenizer);
        }
    }

    private NDArray merged(Parameter parameter, NDManager scope) {
        String module = module(parameter.name());
        Update update = hooks.updates().get(module);
        if (update != null && update.site().weight() == parameter) {
            return update.merged(scope);
        }
        return parameter.released()
                ? Objects.requireNonNull(hooks.quantized().get(module)).values(scope)
                : parameter.value();
    }
}
