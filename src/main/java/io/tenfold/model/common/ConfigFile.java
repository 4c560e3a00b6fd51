package io.tenfold.model.common;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code config.json}; what is wrong with it is {@code bad_model}. */
public final class ConfigFile {

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private static final List<String> ENCODER_DECODERS = List.of(
            "bart",
            "t5",
            "mt5",
            "umt5",
            "pegasus",
            "mbart",
            "marian",
            "m2m_100",
            "blenderbot",
            "led",
            "longt5",
            "encoder-decoder",
            "prophetnet",
            "switch_transformers",
            "whisper",
            "fsmt",
            "bigbird_pegasus");

    private ConfigFile() {}

    /** The config of a model's folder. */
    public static ObjectNode read(Path folder) {
        Path file = folder.resolve("config.json");
        if (!Files.exists(file)) {
            throw bad("the model's folder has no config.json; it must be in Hugging Face layout");
        }
        try {
            if (JsonFile.read(file) instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException e) {
            throw bad("config.json is not JSON (" + e.getMessage() + ")");
        }
        throw bad("config.json is not a JSON object");
    }

    /** Finds the family that {@code model_type} names. */
    public static ModelFamily family(JsonNode config, List<? extends ModelFamily> known) {
        String type = config.path("model_type").asText("");
        if (ENCODER_DECODERS.contains(type) || config.path("is_encoder_decoder").asBoolean(false)) {
            throw bad(
                    "model type %s is an encoder-decoder, which no method here trains; use an encoder or a decoder: %s"
                            .formatted(type, names(known)));
        }
        return known.stream()
                .filter(family -> family.modelType().equals(type))
                .<ModelFamily>map(family -> family)
                .findFirst()
                .orElseThrow(() -> bad(
                        type.isEmpty()
                                ? "config.json has no model_type; known are " + names(known)
                                : "model type %s is not known; known are %s".formatted(type, names(known))));
    }

    private static String names(List<? extends ModelFamily> known) {
        return String.join(", ", known.stream().map(ModelFamily::modelType).toList());
    }

    /** The config in a family's own form. */
    public static <T> T as(JsonNode json, Class<T> type) {
        try {
            return JSON.treeToValue(json, type);
        } catch (JsonProcessingException e) {
            throw bad("config.json can't be understood (" + e.getOriginalMessage() + ")");
        }
    }

    /** The non-linearity of a name, which stands under a key. */
    public static Activation activation(String key, String name) {
        Activation activation = Activation.named(name);
        if (activation == null) {
            throw bad("%s is %s; known are %s".formatted(key, name, String.join(", ", Activation.names())));
        }
        return activation;
    }

    /** A value, or what is meant where there is none. */
    public static int or(@Nullable Integer value, int otherwise) {
        return value != null ? value : otherwise;
    }

    /** A value, or what is meant where there is none. */
    public static double or(@Nullable Double value, double otherwise) {
        return value != null ? value : otherwise;
    }

    /** {@code bad_model}, for this reason. */
    public static JobException bad(String message) {
        return new JobException(ErrorCode.BAD_MODEL, "model", message);
    }
}
