package io.tenfold.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The two files of a PEFT adapter. */
public final class PeftFiles {

    public static final String CONFIG = "adapter_config.json";
    public static final String WEIGHTS = "adapter_model.safetensors";

    private static final String TOKENS = "TOKEN_CLS";
    private static final String LANGUAGE = "CAUSAL_LM";
    private static final List<String> TASKS = List.of("SEQ_CLS", TOKENS, LANGUAGE);

    private static final ObjectMapper JSON = new ObjectMapper();

    private PeftFiles() {}

    /** Writes both into an existing folder. */
    public static void write(Path folder, ObjectNode config, Map<String, NDArray> tensors) {
        try {
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve(CONFIG).toFile(), config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors);
    }

    /** Whether the folder holds an adapter. */
    public static boolean areIn(Path folder) {
        return Files.exists(folder.resolve(CONFIG));
    }

    /**
     * The adapter's configuration.
     *
     * @throws JobException bad_model when it is not a JSON object
     */
    public static ObjectNode readConfig(Path folder) {
        try {
            JsonNode config = JsonFile.read(folder.resolve(CONFIG));
            if (config instanceof ObjectNode object) {
                return object;
            }
            throw new JobException(ErrorCode.BAD_MODEL, null, "%s in %s is no JSON object".formatted(CONFIG, folder));
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s in %s can't be read: %s".formatted(CONFIG, folder, e.getMessage()),
                    e);
        }
    }

    /** Whether an adapter in PEFT's files classifies tokens. */
    public static boolean areOfTokens(Path folder) {
        return areIn(folder) && readConfig(folder).path("task_type").asText().equals(TOKENS);
    }

    /** Whether an adapter in PEFT's files is a language model's. */
    public static boolean areOfLanguage(Path folder) {
        return areIn(folder) && readConfig(folder).path("task_type").asText().equals(LANGUAGE);
    }

    /**
     * Refuses what was made for another task than ours.
     *
     * @param location for messages
     * @throws JobException bad_model
     */
    public static void refuseOtherTask(JsonNode config, String location) {
        String task = config.path("task_type").asText("SEQ_CLS");
        if (config.hasNonNull("task_type") && !TASKS.contains(task)) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s: task_type is %s; only adapters for the classification of texts (SEQ_CLS) or of tokens (TOKEN_CLS) and for language models (CAUSAL_LM) can be opened"
                            .formatted(location, task));
        }
    }

    /** The adapter's tensors, in a manager of the caller's. */
    public static Map<String, NDArray> readTensors(Path folder, NDManager manager) {
        try (SafetensorsReader reader = open(folder)) {
            return reader.readAll(manager);
        }
    }

    /** How many outputs the adapter's head has; 2 when it has none. */
    public static int outputs(Path folder) {
        try (SafetensorsReader reader = open(folder)) {
            return reader.names().stream()
                    .filter(name -> name.endsWith(".classifier.weight")
                            || name.endsWith(".classifier.out_proj.weight")
                            || name.endsWith(".score.weight"))
                    .findFirst()
                    .map(name -> (int) reader.info(name).shape().get(0))
                    .orElse(2);
        }
    }

    private static SafetensorsReader open(Path folder) {
        if (!Files.exists(folder.resolve(WEIGHTS))) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s has no %s; weights in adapter_model.bin are pickled, which can run code and is not read: save the adapter again with model.save_pretrained(folder, safe_serialization=True)"
                            .formatted(folder, WEIGHTS));
        }
        return SafetensorsReader.open(folder.resolve(WEIGHTS));
    }
}
