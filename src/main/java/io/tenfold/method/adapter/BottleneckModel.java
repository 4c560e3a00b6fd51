package io.tenfold.method.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.HubFiles;
import io.tenfold.checkpoint.OtherBase;
import io.tenfold.job.JobException;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A base model with bottlenecks: what of it is trained, and how adapter-hub's files hold it. */
final class BottleneckModel {

    /** The release of {@code adapters} whose files these are. */
    private static final String VERSION = "adapters.1.3.0";

    private final BottleneckConfig config;
    private final Network network;
    private final Parameters bottlenecks;
    private final HubHead head;

    private BottleneckModel(BottleneckConfig config, Network network, Parameters bottlenecks, HubHead head) {
        this.config = config;
        this.network = network;
        this.bottlenecks = bottlenecks;
        this.head = head;
    }

    /** For training. */
    static BottleneckModel build(BottleneckConfig config, Inputs inputs) {
        BottleneckHooks hooks = new BottleneckHooks(
                config,
                Networks.modelType(inputs.modelFolder()),
                inputs.backend(),
                inputs.options().seed(),
                null);
        Network network = Networks.load(inputs, hooks);
        try {
            config.check(network.hiddenSize());
            return new BottleneckModel(
                    config, network, hooks.parameters(), HubHead.of(network.modelType(), network.firstHead()));
        } catch (JobException e) {
            network.close();
            throw e;
        }
    }

    Network network() {
        return network;
    }

    /** The bottlenecks, and all layers of the head: BERT's pooler is the first of them, and a language model's is the base's. */
    Parameters trained() {
        Parameters trained = new Parameters();
        trained.addAll(bottlenecks);
        trained.addAll(headParameters());
        return trained;
    }

    private Parameters headParameters() {
        return network.parameters().matching(parameter -> head.has(parameter.name()));
    }

    /** The modules that {@code method_parameters} leaves out. */
    List<String> headModules() {
        return head.modules();
    }

    /**
     * Writes adapter-hub's four files; of a language model, whose head is the base's, the adapter's two.
     *
     * @param name the adapter's, and the head's where that has one
     */
    void write(Path folder, String name, String baseLocation) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        bottlenecks.forEach(parameter -> tensors.put(parameter.name(), parameter.value()));
        Map<String, NDArray> headTensors = new LinkedHashMap<>();
        headParameters().forEach(parameter -> headTensors.put(head.key(parameter.name()), parameter.value()));
        ObjectNode file = described(name, baseLocation);
        file.set("config", HubConfig.write(config));
        ObjectNode headFile = null;
        if (!headTensors.isEmpty()) {
            headFile = described(name, baseLocation);
            head.describe(headFile, network.head());
        }
        HubFiles.write(folder, file, tensors, headFile, headTensors);
    }

    private ObjectNode described(String name, String baseLocation) {
        String modelClass = head.modelClass() != null
                ? head.modelClass()
                : network.savedConfig().path("architectures").path(0).asText();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", name).put("model_name", baseLocation).put("model_type", network.modelType());
        json.put("model_class", modelClass).put("hidden_size", network.hiddenSize());
        return json.put("version", VERSION);
    }

    /** For prediction, with an adapter's values. */
    static Network open(Path artifact, BaseModel base, HeadSpec spec, Backend backend) {
        String location = artifact.toString();
        ObjectNode file = HubFiles.readConfig(artifact);
        BottleneckConfig config = HubConfig.read(file, location);
        String modelType = Networks.modelType(base.folder());
        checkType(file, modelType, location);
        HubHead.Stored stored = spec.vocabulary() && !HubFiles.haveHead(artifact)
                ? HubHead.Stored.NOTHING
                : HubHead.read(HubFiles.readHeadConfig(artifact), modelType, spec, location);
        BottleneckHooks hooks = new BottleneckHooks(config, modelType, backend, null, stored.activation());
        Network network = base.network(spec, hooks, stored.keys()::containsKey);
        try (NDManager scope = backend.scope()) {
            Map<String, NDArray> tensors = HubFiles.readTensors(artifact, scope);
            for (Parameter parameter : hooks.parameters()) {
                fill(parameter, tensors.remove(parameter.name()), parameter.name(), location);
            }
            if (!tensors.isEmpty()) {
                throw otherBase(
                        location,
                        "%s has no place in the base model"
                                .formatted(tensors.keySet().iterator().next()));
            }
            fillHead(network, stored, artifact, scope);
            checkRest(network, stored, location);
            return network;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private static void fillHead(Network network, HubHead.Stored stored, Path artifact, NDManager scope) {
        if (stored.keys().isEmpty()) {
            return;
        }
        String location = artifact.toString();
        Map<String, NDArray> tensors = HubFiles.readHeadTensors(artifact, scope);
        stored.keys().forEach((name, key) -> {
            NDArray value = tensors.get(key);
            if (network.parameters().contains(name)) {
                fill(network.parameters().get(name), value, key, location);
            } else if (value != null) {
                checkTied(network.vocabularyWeight(), value, key, location);
            }
        });
    }

    /** Where the word embeddings are the output layer, the file must not have another. */
    private static void checkTied(Parameter words, NDArray value, String key, String location) {
        boolean same = value.getShape().equals(words.shape())
                && value.toType(words.value().getDataType(), false).contentEquals(words.value());
        if (!same) {
            throw otherBase(
                    location,
                    "%s in %s is not the base's word embeddings, which are its output layer; save the adapter with with_head=False"
                            .formatted(key, HubFiles.HEAD_WEIGHTS));
        }
    }

    private static void checkType(ObjectNode file, String modelType, String location) {
        String made = file.path("model_type").asText(modelType);
        if (!made.equals(modelType)) {
            throw otherBase(location, "its model_type is %s, the base's %s".formatted(made, modelType));
        }
    }

    /** A head that reads the base's pooler needs one there. */
    private static void checkRest(Network network, HubHead.Stored stored, String location) {
        for (String drawn : network.report().drawn()) {
            if (!stored.keys().containsKey(drawn)) {
                throw otherBase(location, "neither it nor the base model has %s".formatted(drawn));
            }
        }
    }

    private static void fill(Parameter parameter, @Nullable NDArray value, String key, String location) {
        if (value == null || !value.getShape().equals(parameter.shape())) {
            throw otherBase(
                    location,
                    "%s is %s; the base model needs %s"
                            .formatted(key, value == null ? "missing" : value.getShape(), parameter.shape()));
        }
        parameter.set(value);
    }

    private static JobException otherBase(String location, String message) {
        return OtherBase.refused(location, message);
    }
}
