package io.tenfold.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of an adapter-hub adapter with its prediction head, as {@code adapters} writes them with {@code
 * use_safetensors=True}. In memory the tensors' names leave the adapter's own name out: {@code ….adapters.adapter_up.bias}
 * and {@code heads.4.bias} stand for {@code ….adapters.NAME.adapter_up.bias} and {@code heads.NAME.4.bias}.
 */
public final class HubFiles {

    public static final String CONFIG = "adapter_config.json";
    public static final String WEIGHTS = "adapter.safetensors";
    public static final String HEAD_CONFIG = "head_config.json";
    public static final String HEAD_WEIGHTS = "model_head.safetensors";

    private static final String ADAPTERS = ".adapters.";
    private static final String HEADS = "heads.";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    private HubFiles() {}

    /** Whether the folder holds an adapter of adapter-hub's, in whatever format its weights are. */
    public static boolean areIn(Path folder) {
        return Files.exists(folder.resolve(CONFIG))
                && read(folder, CONFIG).path("config").isObject();
    }

    /** Whether a head lies beside the adapter. */
    public static boolean haveHead(Path folder) {
        return Files.exists(folder.resolve(HEAD_CONFIG)) && Files.exists(folder.resolve(HEAD_WEIGHTS));
    }

    /** {@code adapter_config.json}. */
    public static ObjectNode readConfig(Path folder) {
        return read(folder, CONFIG);
    }

    /** {@code head_config.json}. */
    public static ObjectNode readHeadConfig(Path folder) {
        return read(folder, HEAD_CONFIG);
    }

    private static ObjectNode read(Path folder, String file) {
        try {
            if (JsonFile.read(folder.resolve(file)) instanceof ObjectNode object) {
                return object;
            }
            throw new JobException(ErrorCode.BAD_MODEL, null, "%s in %s is no JSON object".formatted(file, folder));
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.BAD_MODEL, null, "%s in %s can't be read: %s".formatted(file, folder, e.getMessage()), e);
        }
    }

    /**
     * The adapter's tensors, in a manager of the caller's.
     *
     * @throws JobException bad_model when they are not there as safetensors
     */
    public static Map<String, NDArray> readTensors(Path folder, NDManager manager) {
        if (!Files.exists(folder.resolve(WEIGHTS))) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s has no %s; weights in pytorch_adapter.bin are pickled, which can run code and is not read: save the adapter again with model.save_adapter(folder, name, use_safetensors=True)"
                            .formatted(folder, WEIGHTS));
        }
        return read(folder, WEIGHTS, readConfig(folder).path("name"), manager);
    }

    /** The head's tensors, likewise. */
    public static Map<String, NDArray> readHeadTensors(Path folder, NDManager manager) {
        return read(folder, HEAD_WEIGHTS, readHeadConfig(folder).path("name"), manager);
    }

    private static Map<String, NDArray> read(Path folder, String file, JsonNode name, NDManager manager) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        try (SafetensorsReader reader = SafetensorsReader.open(folder.resolve(file))) {
            reader.readAll(manager).forEach((key, value) -> tensors.put(common(key, name.asText()), value));
        }
        return tensors;
    }

    /**
     * Writes the four files into an existing folder.
     *
     * @param config {@code name} in it is the adapter's own
     * @param headConfig null: there is no head, and the adapter's two files are written alone
     */
    public static void write(
            Path folder,
            ObjectNode config,
            Map<String, NDArray> tensors,
            @Nullable ObjectNode headConfig,
            Map<String, NDArray> headTensors) {
        write(folder, CONFIG, config, WEIGHTS, tensors);
        if (headConfig != null) {
            write(folder, HEAD_CONFIG, headConfig, HEAD_WEIGHTS, headTensors);
        }
    }

    private static void write(
            Path folder, String configFile, ObjectNode config, String file, Map<String, NDArray> tensors) {
        try {
            Object sorted = JSON.treeToValue(config, Object.class);
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve(configFile).toFile(), sorted);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SafetensorsWriter.write(
                folder.resolve(file), named(tensors, config.path("name").asText()));
    }

    private static Map<String, NDArray> named(Map<String, NDArray> tensors, String name) {
        Map<String, NDArray> named = new LinkedHashMap<>();
        tensors.forEach((key, value) -> named.put(named(key, name), value));
        return named;
    }

    private static String common(String key, String name) {
        return key.startsWith(HEADS + name + ".")
                ? HEADS + key.substring(HEADS.length() + name.length() + 1)
                : key.replace(ADAPTERS + name + ".", ADAPTERS);
    }

    private static String named(String key, String name) {
        return key.startsWith(HEADS)
                ? HEADS + name + "." + key.substring(HEADS.length())
                : key.replace(ADAPTERS, ADAPTERS + name + ".");
    }
}
