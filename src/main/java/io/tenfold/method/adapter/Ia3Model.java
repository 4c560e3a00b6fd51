package io.tenfold.method.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.OtherBase;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.JobException;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
import io.tenfold.train.SavedModules;
import io.tenfold.train.TargetModules;
import io.tenfold.train.TiedWords;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A base model with rescaled activations: what of it is trained, and how PEFT's files hold it. */
final class Ia3Model {

    private final Ia3Config config;
    private final Ia3Hooks hooks;
    private final Network network;
    private final List<String> savedModules;

    private Ia3Model(Ia3Config config, Ia3Hooks hooks, Network network) {
        this.config = config;
        this.hooks = hooks;
        this.network = network;
        Set<String> saved = new LinkedHashSet<>(network.newModules());
        saved.addAll(config.modulesToSave());
        savedModules = List.copyOf(saved);
    }

    /** For training; refuses targets that the model does not have. */
    static Ia3Model build(Ia3Config config, Inputs inputs) {
        Ia3Hooks hooks = new Ia3Hooks(config, Networks.modelType(inputs.modelFolder()), inputs.backend());
        Network network = Networks.load(inputs, hooks);
        try {
            hooks.check();
            return new Ia3Model(config, hooks, network);
        } catch (JobException e) {
            network.close();
            throw e;
        }
    }

    /** For prediction, with the values of an artifact in PEFT's format. */
    static Network open(Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        String location = artifact.toString();
        Ia3Config config = Ia3Config.read(PeftFiles.readConfig(artifact), location);
        Ia3Hooks hooks = new Ia3Hooks(config, Networks.modelType(base.folder()), backend);
        try (NDManager scope = backend.scope()) {
            Map<String, NDArray> tensors = PeftFiles.readTensors(artifact, scope);
            Network network = base.network(head, hooks, name -> tensors.containsKey(key(name)));
            try {
                new Ia3Model(config, hooks, network).fill(tensors, location);
                return network;
            } catch (RuntimeException e) {
                network.close();
                throw e;
            }
        }
    }

    Network network() {
        return network;
    }

    /** Modules that are trained whole: the head, and what else the base lacks. */
    List<String> savedModules() {
        return savedModules;
    }

    /** The vectors, and the modules trained whole. */
    Parameters trained() {
        Parameters trained = new Parameters();
        trained.addAll(hooks.parameters());
        trained.addAll(network.parameters().matching(parameter -> SavedModules.have(savedModules, parameter.name())));
        return trained;
    }

    /** Writes PEFT's two files. */
    void write(Path folder, String baseLocation) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        for (Parameter parameter : trained()) {
            tensors.put(key(parameter.name()), parameter.value());
        }
        PeftFiles.write(folder, peftConfig(baseLocation), tensors);
    }

    private static String key(String name) {
        return name.startsWith(Ia3Hooks.PREFIX) ? name : Ia3Hooks.PREFIX + name;
    }

    private ObjectNode peftConfig(String baseLocation) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("peft_type", "IA3")
                .put("task_type", network.firstHead().peftTask())
                .put("base_model_name_or_path", baseLocation);
        json.put("inference_mode", true)
                .put("init_ia3_weights", true)
                .put("fan_in_fan_out", network.modelType().equals("gpt2"));
        chooseModules(json);
        ArrayNode saved = json.putArray("modules_to_save");
        savedModules.forEach(saved::add);
        return json.putNull("exclude_modules");
    }

    /**
     * PEFT wants every feed-forward module among the targets, name by name; where the two choices are not of the same
     * words, both are spelled out layer by layer, as PEFT spells out all-linear before it saves.
     */
    private void chooseModules(ObjectNode json) {
        TargetModules targets = config.targets(network.modelType());
        TargetModules feedForward = config.feedForward(network.modelType());
        boolean bothUsual = config.targets() == null && config.feedForward() == null;
        boolean bothNamed =
                config.targets() instanceof TargetModules.Names && config.feedForward() instanceof TargetModules.Names;
        if (targets instanceof TargetModules.Names(List<String> names) && (bothUsual || bothNamed)) {
            names.forEach(json.putArray("target_modules")::add);
        } else if (targets instanceof TargetModules.Expression(String expression)) {
            json.put("target_modules", expression);
        } else {
            hooks.targeted().forEach(json.putArray("target_modules")::add);
        }
        if (feedForward instanceof TargetModules.Names(List<String> names) && (bothUsual || bothNamed)) {
            names.forEach(json.putArray("feedforward_modules")::add);
        } else if (feedForward instanceof TargetModules.Expression(String expression)) {
            json.put("feedforward_modules", expression);
        } else {
            hooks.atInputs().forEach(json.putArray("feedforward_modules")::add);
        }
    }

    /**
     * Takes the values of a PEFT file. Each vector must be in file and model; of the rest, what the file lacks is the
     * base's, as in PEFT, and must be there.
     */
    private void fill(Map<String, NDArray> tensors, String location) {
        TiedWords.take(tensors, network, location);
        for (Parameter parameter : trained()) {
            NDArray value = tensors.remove(key(parameter.name()));
            if (value == null && staysTheBases(parameter.name())) {
                continue;
            }
            if (value == null || !value.getShape().equals(parameter.shape())) {
                throw otherBase(
                        location,
                        "%s is %s; the base model needs %s"
                                .formatted(
                                        key(parameter.name()),
                                        value == null ? "missing" : value.getShape(),
                                        parameter.shape()));
            }
            parameter.set(value);
        }
        tensors.keySet().stream()
                .filter(key -> key.endsWith(".ia3_l"))
                .findFirst()
                .ifPresent(left -> {
                    throw otherBase(location, left + " has no place in the base model");
                });
    }

    private boolean staysTheBases(String name) {
        return !name.startsWith(Ia3Hooks.PREFIX) && !network.report().drawn().contains(name);
    }

    private static JobException otherBase(String location, String message) {
        return OtherBase.refused(location, message);
    }
}
