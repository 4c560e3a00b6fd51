package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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
import io.tenfold.train.ModelFiles;
import io.tenfold.train.ModuleNames;
import io.tenfold.train.Networks;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A base model with its updates: what of it is trained, and how it is written. */
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

    /** For training; refuses targets and modules that the model does not have. */
    static LoraModel build(LoraConfig config, Inputs inputs) {
        LoraHooks hooks = new LoraHooks(
                config,
                Networks.modelType(inputs.modelFolder()),
                inputs.backend(),
                inputs.options().seed(),
                inputs.options().dropout());
        LoraModel model = new LoraModel(config, hooks, Networks.load(inputs, hooks));
        hooks.check();
        model.checkModulesToSave();
        return model;
    }

    /** For prediction, with the values of an adapter in PEFT's format. */
    static LoraModel open(LoraConfig config, Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        LoraHooks hooks = new LoraHooks(config, Networks.modelType(base.folder()), backend, 0, 0.0);
        Network network = base.network(
                head,
                hooks,
                // What the artifact brings besides its updates may be a weight of the base, too.
                name -> (config.bias() != LoraConfig.Bias.NONE && name.endsWith(".bias"))
                        || ModuleNames.isWithin(name, config.modulesToSave()));
        LoraModel model = new LoraModel(config, hooks, network);
        try (NDManager scope = backend.scope()) {
            model.fill(PeftFiles.readTensors(artifact, scope), artifact.toString());
        }
        return model;
    }

    Network network() {
        return network;
    }

    /** Modules that are trained in full: head, new weights, and those that the request names. */
    List<String> savedModules() {
        return savedModules;
    }

    /** A and B, the modules trained in full, and biases as configured. */
    Parameters trained() {
        Parameters trained = hooks.parameters();
        trained.addAll(network.parameters()
                .matching(parameter ->
                        ModuleNames.isWithin(parameter.name(), savedModules) || isTrainedBias(parameter.name())));
        return trained;
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

    private void checkModulesToSave() {
        for (String module : config.modulesToSave()) {
            if (network.parameters().stream()
                    .noneMatch(parameter -> ModuleNames.isWithin(parameter.name(), List.of(module)))) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "method.modules_to_save",
                        "method.modules_to_save has %s, which is no module of the model; name one such as pooler, or leave it out"
                                .formatted(module));
            }
        }
    }

    /** Writes PEFT's two files. */
    void write(Path folder, String baseLocation) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        for (Parameter parameter : trained()) {
            tensors.put(key(parameter.name()), parameter.value());
        }
        PeftFiles.write(folder, peftConfig(baseLocation), tensors);
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

    private ObjectNode peftConfig(String baseLocation) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("peft_type", "LORA").put("task_type", "SEQ_CLS").put("base_model_name_or_path", baseLocation);
        json.put("inference_mode", true);
        json.put("r", config.r())
                .put("lora_alpha", number(config.loraAlpha()))
                .put("lora_dropout", config.loraDropout());
        json.put("bias", config.bias().name().toLowerCase(java.util.Locale.ROOT));
        json.put("use_rslora", config.useRslora()).put("fan_in_fan_out", false);
        if (config.init() == LoraConfig.Init.GAUSSIAN) {
            json.put("init_lora_weights", "gaussian");
        } else {
            json.put("init_lora_weights", true);
        }
        writeTargets(json);
        var saved = json.putArray("modules_to_save");
        savedModules.forEach(saved::add);
        json.set("rank_pattern", JsonNodeFactory.instance.pojoNode(config.rankPattern()));
        json.set("alpha_pattern", JsonNodeFactory.instance.pojoNode(config.alphaPattern()));
        List<Integer> layers = config.layersToTransform();
        if (layers == null) {
            json.putNull("layers_to_transform");
        } else {
            layers.forEach(json.putArray("layers_to_transform")::add);
        }
        return json;
    }

    private void writeTargets(ObjectNode json) {
        switch (config.targets()) {
            case LoraTargets.Expression(String expression) -> json.put("target_modules", expression);
            case LoraTargets.Names(List<String> names) -> names.forEach(json.putArray("target_modules")::add);
            case LoraTargets.Usual() ->
                LoraTargets.usual(network.modelType()).forEach(json.putArray("target_modules")::add);
            // PEFT itself resolves all-linear before it saves.
            case LoraTargets.AllLinear() -> {
                Set<String> modules = new LinkedHashSet<>(hooks.updates().keySet());
                modules.forEach(json.putArray("target_modules")::add);
            }
        }
    }

    private static java.math.BigDecimal number(double value) {
        return new java.math.BigDecimal(Double.toString(value)).stripTrailingZeros();
    }

    /** Writes the model with {@code W + scale · B A} in place of each W. */
    void writeMerged(Path folder, TextTokenizer tokenizer, Backend backend) {
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off()) {
            Map<String, NDArray> tensors = new LinkedHashMap<>(network.savedTensors());
            for (LoraHooks.Update update : hooks.updates().values()) {
                NDArray delta = update.b().value().matMul(update.a().value());
                delta.attach(scope);
                Parameter weight = update.site().weight();
                tensors.put(weight.name(), delta.mul(update.scale()).add(weight.value()));
            }
            ModelFiles.write(folder, network, tensors, tokenizer);
        }
    }

    /** Takes the values of a PEFT file; every trained parameter must be in it. */
    void fill(Map<String, NDArray> tensors, String location) {
        try (Recording _ = Recording.off()) {
            for (Parameter parameter : trained()) {
                NDArray value = tensors.get(key(parameter.name()));
                if (value == null || !value.getShape().equals(parameter.shape())) {
                    throw new JobException(
                            ErrorCode.BAD_MODEL,
                            null,
                            "%s: %s is %s; the base model needs %s: the adapter was made for another base"
                                    .formatted(
                                            location,
                                            key(parameter.name()),
                                            value == null ? "missing" : value.getShape(),
                                            parameter.shape()));
                }
                parameter.set(value);
            }
        }
    }
}
