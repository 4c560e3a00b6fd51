package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Recording;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model with several heads: the encoder as AutoModel opens it, {@code heads.json} (type and labels by name) and {@code
 * heads/<name>.safetensors}, whose names are those of a model with that head alone.
 */
public final class HeadFiles {

    /** Type and labels of the heads by name. */
    public static final String NAME = "heads.json";

    private static final String FOLDER = "heads";
    private static final ObjectMapper JSON = new ObjectMapper();

    private HeadFiles() {}

    /** Whether a folder has a model with several heads. */
    public static boolean areIn(Path folder) {
        return Files.exists(folder.resolve(NAME));
    }

    /** Writes encoder, heads and tokenizer. */
    public static void write(Path folder, Network network, TextTokenizer tokenizer) {
        write(folder, network, network.savedTensors(), tokenizer);
    }

    /** The same with other weights under the network's names. */
    public static void write(Path folder, Network network, Map<String, NDArray> tensors, TextTokenizer tokenizer) {
        Map<String, NDArray> encoder = new LinkedHashMap<>(tensors);
        encoder.keySet().removeIf(name -> name.startsWith(Network.HEADS));
        ModelFiles.write(folder, network, encoder, tokenizer);
        ObjectNode specs = JSON.createObjectNode();
        try {
            Files.createDirectories(folder.resolve(FOLDER));
            for (Map.Entry<String, HeadSpec> head : network.heads().entrySet()) {
                specs.set(head.getKey(), json(head.getValue()));
                SafetensorsWriter.write(file(folder, head.getKey()), ofHead(tensors, head.getKey()));
            }
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve(NAME).toFile(), specs);
        } catch (IOException e) {
            throw new UncheckedIOException("the heads can't be written to " + folder, e);
        }
    }

    private static Map<String, NDArray> ofHead(Map<String, NDArray> tensors, String head) {
        String prefix = Network.HEADS + head + ".";
        Map<String, NDArray> own = new LinkedHashMap<>();
        tensors.forEach((name, array) -> {
            if (name.startsWith(prefix)) {
                own.put(name.substring(prefix.length()), array);
            }
        });
        return own;
    }

    private static Path file(Path folder, String head) {
        return folder.resolve(FOLDER).resolve(head + ".safetensors");
    }

    private static ObjectNode json(HeadSpec spec) {
        ObjectNode json = JSON.createObjectNode();
        switch (spec.kind()) {
            case CLASSES -> json.put("type", "sequence_classification").set("labels", JSON.valueToTree(spec.labels()));
            case NUMBER -> json.put("type", "regression");
            case TOKENS -> json.put("type", "token_classification").set("labels", JSON.valueToTree(spec.labels()));
            case VOCABULARY, VOCABULARY_OR_NEW -> throw new IllegalArgumentException("a masked-LM head is no task's");
        }
        return json;
    }

    /**
     * The heads of a model by name.
     *
     * @throws JobException bad_model where {@code heads.json} can't be read, or names what can't be a task's file
     */
    public static Map<String, HeadSpec> heads(Path folder) {
        try {
            Map<String, HeadSpec> heads = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> head :
                    JsonFile.read(folder.resolve(NAME)).properties()) {
                // The file may be a stranger's, and the name becomes a file's.
                if (!TaskData.isName(head.getKey())) {
                    throw bad("%s names a head %s; %s: give the artifact as it was published"
                            .formatted(NAME, head.getKey(), TaskData.NAME_RULE));
                }
                heads.put(head.getKey(), spec(head.getKey(), head.getValue()));
            }
            return heads;
        } catch (IOException e) {
            throw bad("%s can't be read: %s".formatted(folder.resolve(NAME), e.getMessage()));
        }
    }

    private static HeadSpec spec(String name, JsonNode json) {
        List<String> labels = new ArrayList<>();
        json.path("labels").forEach(label -> labels.add(label.asText()));
        String type = json.path("type").asText();
        if (labels.isEmpty() && !type.equals("regression")) {
            throw bad("%s: head %s has no labels; give the artifact as it was published".formatted(NAME, name));
        }
        return switch (type) {
            case "sequence_classification" -> HeadSpec.classification(labels);
            case "regression" -> HeadSpec.number();
            case "token_classification" -> HeadSpec.tokens(labels);
            default ->
                throw bad("%s: head %s has type %s, which this version does not know"
                        .formatted(NAME, name, json.path("type")));
        };
    }

    /**
     * Fills the heads of a network with those that a folder has; others stay as they were drawn.
     *
     * @throws JobException bad_model where the file of a head is missing or of another shape
     */
    public static void read(Path folder, Network network, Backend backend) {
        for (String head : heads(folder).keySet()) {
            if (network.heads().containsKey(head)) {
                read(folder, head, network, backend);
            }
        }
    }

    private static void read(Path folder, String head, Network network, Backend backend) {
        String prefix = Network.HEADS + head + ".";
        Path file = file(folder, head);
        if (!Files.exists(file)) {
            throw bad("%s/%s.safetensors is missing beside %s; take the whole artifact".formatted(FOLDER, head, NAME));
        }
        try (NDManager scope = backend.scope();
                Recording _ = Recording.off();
                SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (Parameter parameter : network.parameters()) {
                if (parameter.name().startsWith(prefix)) {
                    String name = parameter.name().substring(prefix.length());
                    if (!reader.contains(name) || !reader.info(name).shape().equals(parameter.shape())) {
                        throw bad("%s/%s.safetensors has no %s of shape %s; it belongs to another model"
                                .formatted(FOLDER, head, name, parameter.shape()));
                    }
                    parameter.set(reader.read(scope, name));
                }
            }
        }
    }

    private static JobException bad(String message) {
        return new JobException(ErrorCode.BAD_MODEL, null, message);
    }
}
