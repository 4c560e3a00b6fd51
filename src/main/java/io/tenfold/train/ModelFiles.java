package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.data.TextTokenizer;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A whole model as Transformers opens it: config, weights, tokenizer. */
public final class ModelFiles {

    private static final ObjectMapper JSON = new ObjectMapper();

    private ModelFiles() {}

    /** Writes {@code config.json}, {@code model.safetensors} and the tokenizer's files. */
    public static void write(Path folder, Network network, TextTokenizer tokenizer) {
        write(folder, network, network.savedTensors(), tokenizer);
    }

    /** Whether every task's rows are words: where some are texts, AutoTokenizer goes on to encode texts alike. */
    private static boolean ofWords(Network network) {
        return network.heads().values().stream().allMatch(head -> head.kind() == HeadSpec.Kind.TOKENS);
    }

    /** The same with other weights under the network's names. */
    public static void write(Path folder, Network network, Map<String, NDArray> tensors, TextTokenizer tokenizer) {
        try {
            Files.createDirectories(folder);
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve("config.json").toFile(), network.savedConfig());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
        tokenizer.writeTo(folder, ofWords(network));
    }
}
