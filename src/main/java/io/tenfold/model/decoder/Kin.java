package io.tenfold.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.model.common.ConfigFile;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The families that are built like Llama: what each has of its own, with Transformers' defaults. */
enum Kin {
    /** Llama, SmolLM2, TinyLlama, … */
    LLAMA("llama", "Llama", 32_000, 11_008, 2048, 2),
    /** Jiang et al. 2023, arXiv:2310.06825: a token sees the nearest tokens alone. */
    MISTRAL("mistral", "Mistral", 32_000, 14_336, 131_072, 2),
    /** Yang et al. 2024, arXiv:2407.10671: biases for queries, keys and values. */
    QWEN2("qwen2", "Qwen2", 151_936, 22_016, 32_768, -1),
    /** Yang et al. 2025, arXiv:2505.09388: a norm for each head of queries and keys. */
    QWEN3("qwen3", "Qwen3", 151_936, 22_016, 32_768, -1);

    /** The size of Qwen3's heads where its config does not say. */
    static final int QWEN3_HEAD = 128;

    private static final int USUAL_WINDOW = 4096;
    private static final int USUAL_FULL_LAYERS = 28;
    private static final String SLIDING = "sliding_attention";
    private static final String FULL = "full_attention";

    private final String modelType;
    private final String className;
    private final int vocabulary;
    private final int intermediate;
    private final int positions;
    private final int endOfText;

    Kin(String modelType, String className, int vocabulary, int intermediate, int positions, int endOfText) {
        this.modelType = modelType;
        this.className = className;
        this.vocabulary = vocabulary;
        this.intermediate = intermediate;
        this.positions = positions;
        this.endOfText = endOfText;
    }

    String modelType() {
        return modelType;
    }

    String className() {
        return className;
    }

    int vocabulary() {
        return vocabulary;
    }

    int intermediate() {
        return intermediate;
    }

    int positions() {
        return positions;
    }

    /** -1 for none. */
    int endOfText() {
        return endOfText;
    }

    /** The heads of keys where the config has no word of them. */
    int keyHeads(int heads) {
        return switch (this) {
            case LLAMA -> heads;
            case MISTRAL -> 8;
            case QWEN2, QWEN3 -> 32;
        };
    }

    DecoderConfig.Extras extras(Llama.Config config) {
        boolean bias = Boolean.TRUE.equals(config.attentionBias());
        return switch (this) {
            case LLAMA -> new DecoderConfig.Extras(bias, bias, Boolean.TRUE.equals(config.feedForwardBias()), false);
            case MISTRAL -> DecoderConfig.Extras.NONE;
            case QWEN2 -> new DecoderConfig.Extras(true, false, false, false);
            case QWEN3 -> new DecoderConfig.Extras(bias, bias, false, true);
        };
    }

    /** How many tokens a token of each layer sees; 0 for all. */
    List<Integer> windows(JsonNode json, Llama.Config config, int layers) {
        Integer given = json.has("sliding_window") ? config.window() : Integer.valueOf(USUAL_WINDOW);
        int window = given == null ? 0 : given;
        if (window < 0) {
            throw new IllegalArgumentException(
                    "sliding_window is %d; it must be at least 1, or null".formatted(window));
        }
        return switch (this) {
            case LLAMA -> everywhere(0, layers);
            case MISTRAL -> everywhere(window, layers);
            case QWEN2, QWEN3 ->
                Boolean.TRUE.equals(config.usesWindow()) ? byLayer(window, config, layers) : everywhere(0, layers);
        };
    }

    private static List<Integer> everywhere(int window, int layers) {
        return Collections.nCopies(Math.max(0, layers), window);
    }

    private static List<Integer> byLayer(int window, Llama.Config config, int layers) {
        List<String> types = config.layerTypes();
        int full = ConfigFile.or(config.maxWindowLayers(), USUAL_FULL_LAYERS);
        if (types != null) {
            refuseOthers(types, layers);
        }
        return IntStream.range(0, Math.max(0, layers))
                .mapToObj(layer -> slides(types, layer, full) ? window : 0)
                .toList();
    }

    private static boolean slides(@Nullable List<String> types, int layer, int full) {
        return types == null ? layer >= full : types.get(layer).equals(SLIDING);
    }

    private static void refuseOthers(List<String> types, int layers) {
        if (types.size() != layers) {
            throw new IllegalArgumentException(
                    "layer_types names %d layers, but there are %d".formatted(types.size(), layers));
        }
        for (String type : types) {
            if (!type.equals(SLIDING) && !type.equals(FULL)) {
                throw new IllegalArgumentException(
                        "layer_types has %s; known are %s, %s".formatted(type, FULL, SLIDING));
            }
        }
    }
}
