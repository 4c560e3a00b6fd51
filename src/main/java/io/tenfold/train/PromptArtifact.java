package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.OtherBase;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * PEFT's files of what it calls prompt learning: {@code prompt_embeddings}, as the trained encoder computes them, and the
 * modules that are trained in full, under {@code base_model.} and their own names.
 */
public final class PromptArtifact {

    /** The type of adapters that have keys and values for every layer. */
    public static final String PREFIX_TUNING = "PREFIX_TUNING";

    private static final String EMBEDDINGS = "prompt_embeddings";
    private static final String PREFIX = "base_model.";

    private final ObjectNode config;
    private final Map<String, NDArray> tensors;
    private final String location;

    private PromptArtifact(ObjectNode config, Map<String, NDArray> tensors, String location) {
        this.config = config;
        this.tensors = tensors;
        this.location = location;
    }

    /** What PEFT calls a virtual token's width and heads: of prefixes the keys', which may be fewer than the queries'. */
    private record Tokens(int width, int heads) {
        static Tokens of(JsonNode config, Network network) {
            return config.path("peft_type").asText().equals(PREFIX_TUNING)
                    ? new Tokens(network.keyValueWidth(), network.keyValueHeads())
                    : new Tokens(network.hiddenSize(), network.attentionHeads());
        }
    }

    /** Whether the folder holds an adapter of one of these PEFT types. */
    public static boolean isOf(Path folder, List<String> types) {
        return PeftFiles.areIn(folder)
                && types.contains(PeftFiles.readConfig(folder).path("peft_type").asText());
    }

    /**
     * Writes both files.
     *
     * @param options {@code peft_type} and what that type has of its own
     * @param baseLocation where the base model lies
     * @param embeddings [virtual tokens, width]
     */
    public static void write(
            Path folder, Network network, ObjectNode options, String baseLocation, NDArray embeddings) {
        ObjectNode json = options.deepCopy();
        json.put("task_type", network.firstHead().peftTask()).put("base_model_name_or_path", baseLocation);
        json.put("inference_mode", true);
        json.put("num_virtual_tokens", embeddings.getShape().get(0));
        json.put("num_transformer_submodules", 1);
        Tokens tokens = Tokens.of(json, network);
        json.put("token_dim", tokens.width());
        json.put("num_layers", network.layers()).put("num_attention_heads", tokens.heads());
        network.newModules().forEach(json.putArray("modules_to_save")::add);
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        tensors.put(EMBEDDINGS, embeddings);
        for (Parameter parameter : network.newParameters()) {
            tensors.put(PREFIX + parameter.name(), parameter.value());
        }
        PeftFiles.write(folder, json, tensors);
    }

    /** An object for {@link #write}'s options. */
    public static ObjectNode options(String peftType) {
        return JsonNodeFactory.instance.objectNode().put("peft_type", peftType);
    }

    /**
     * Reads both files.
     *
     * @param scope of the tensors, until the network is filled
     * @throws JobException bad_model when the files say nothing that can be used
     */
    public static PromptArtifact read(Path folder, NDManager scope) {
        return new PromptArtifact(
                PeftFiles.readConfig(folder), PeftFiles.readTensors(folder, scope), folder.toString());
    }

    /** {@code num_virtual_tokens}. */
    public int virtualTokens() {
        JsonNode count = config.path("num_virtual_tokens");
        if (!count.canConvertToInt() || count.intValue() < 1) {
            throw bad("num_virtual_tokens is %s; it must be at least 1"
                    .formatted(count.isMissingNode() ? "missing" : count));
        }
        return count.intValue();
    }

    /**
     * The base model with the artifact's head.
     *
     * @throws JobException bad_model when they don't fit together
     */
    public Network network(BaseModel base, HeadSpec head, ModelHooks hooks) {
        Network network = base.network(head, hooks, name -> tensors.containsKey(PREFIX + name));
        try {
            Tokens needed = Tokens.of(config, network);
            checkSize("token_dim", needed.width());
            checkSize("num_layers", network.layers());
            checkSize("num_attention_heads", needed.heads());
            if (network.virtualTokens() >= network.maxPositions()) {
                throw unfit("num_virtual_tokens is %d, the base model has %d positions"
                        .formatted(network.virtualTokens(), network.maxPositions()));
            }
            fill(network);
            return network;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private void checkSize(String name, int needed) {
        JsonNode size = config.path(name);
        if (size.isNumber() && size.intValue() != needed) {
            throw unfit("%s is %s; the base model needs %d".formatted(name, size, needed));
        }
    }

    private void fill(Network network) {
        try (Recording _ = Recording.off()) {
            for (Map.Entry<String, NDArray> tensor : tensors.entrySet()) {
                if (tensor.getKey().startsWith(PREFIX)) {
                    String name = tensor.getKey().substring(PREFIX.length());
                    if (!network.parameters().contains(name)) {
                        throw unfit("%s has no place in the base model".formatted(tensor.getKey()));
                    }
                    Parameter parameter = network.parameters().get(name);
                    checkShape(tensor.getKey(), parameter.shape());
                    parameter.set(tensor.getValue());
                }
            }
        }
        for (String drawn : network.report().drawn()) {
            if (!tensors.containsKey(PREFIX + drawn)) {
                throw unfit("%s is in neither of them".formatted(drawn));
            }
        }
    }

    /**
     * The numbers of {@code prompt_embeddings}, row by row.
     *
     * @param width of a row
     * @throws JobException bad_model when there are others
     */
    public float[] embeddings(long width) {
        checkShape(EMBEDDINGS, new Shape(virtualTokens(), width));
        return embeddings().toFloatArray();
    }

    private NDArray embeddings() {
        NDArray embeddings = tensors.get(EMBEDDINGS);
        if (embeddings == null) {
            throw bad("%s has no %s".formatted(PeftFiles.WEIGHTS, EMBEDDINGS));
        }
        return embeddings;
    }

    private void checkShape(String key, Shape needed) {
        NDArray tensor = key.equals(EMBEDDINGS) ? embeddings() : tensors.get(key);
        if (tensor != null && !tensor.getShape().equals(needed)) {
            throw unfit("%s is %s; the base model needs %s".formatted(key, tensor.getShape(), needed));
        }
    }

    private JobException unfit(String what) {
        return OtherBase.refused(location, what);
    }

    private JobException bad(String what) {
        return new JobException(ErrorCode.BAD_MODEL, null, location + ": " + what);
    }
}
