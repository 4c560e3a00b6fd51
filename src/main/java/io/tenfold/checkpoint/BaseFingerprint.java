package io.tenfold.checkpoint;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * By what an artifact knows the model that it was made for, wherever that lies and whatever it is called: its kind, its
 * sizes, and a few of its weights. Every artifact has it in {@code metrics.json}; others' artifacts do not.
 *
 * @param modelType {@code model_type}
 * @param layers how many there are
 * @param hiddenSize width of the hidden states
 * @param vocabSize rows of the word embeddings
 * @param weights some numbers of the word embeddings and of each layer's query projection
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record BaseFingerprint(
        @JsonProperty("model_type") String modelType,
        @JsonProperty("layers") int layers,
        @JsonProperty("hidden_size") long hiddenSize,
        @JsonProperty("vocab_size") long vocabSize,
        @JsonProperty("weights") List<Double> weights) {

    /** Its name in {@code metrics.json}. */
    public static final String FIELD = "base_fingerprint";

    private static final String REPORT = "metrics.json";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern WORDS =
            Pattern.compile("(?:.*\\.)?(?:embeddings\\.word_embeddings|embed_tokens|wte)\\.weight");

    /** Of GPT-2 queries, keys and values, which are one. */
    private static final Pattern QUERY = Pattern.compile(
            ".*\\b(?:layers?|h)\\.(\\d{1,4})\\.(?:attention\\.(?:self\\.query|q_lin)|self_attn\\.q_proj|attn\\.c_attn)\\.weight");

    private static final int OF_THE_WORDS = 16;
    private static final int OF_A_LAYER = 4;

    /** Half precisions of the same model differ by less: bf16 by 1/512. A step of training moves a weight by more in the end. */
    private static final double NEAR = 0.004;

    /** Below this fp16 has no such precision. */
    private static final double TINY = 1e-6;

    /** Jackson fills what a file leaves out with null, which is refused here. */
    public BaseFingerprint {
        Objects.requireNonNull(modelType, "model_type is missing");
        weights = List.copyOf(weights);
    }

    /**
     * A model's.
     *
     * @throws JobException bad_model when its files can't be read
     */
    public static BaseFingerprint of(Path model) {
        try (SafetensorsReader reader = SafetensorsReader.openModel(model)) {
            List<Double> weights = new ArrayList<>();
            Shape words = new Shape(0, 0);
            Map<Integer, String> queries = new TreeMap<>();
            for (String name : reader.names()) {
                Matcher query = QUERY.matcher(name);
                if (query.matches()) {
                    queries.put(Integer.valueOf(query.group(1)), name);
                } else if (WORDS.matcher(name).matches()
                        && reader.info(name).shape().dimension() == 2) {
                    words = reader.info(name).shape();
                    sample(reader, name, OF_THE_WORDS, weights);
                }
            }
            queries.values().forEach(name -> sample(reader, name, OF_A_LAYER, weights));
            String type = read(model.resolve("config.json")).path("model_type").asText();
            return new BaseFingerprint(type, queries.size(), words.get(1), words.get(0), weights);
        }
    }

    /** At even distances, without both ends, where embeddings have rows of zeros. */
    private static void sample(SafetensorsReader reader, String name, int count, List<Double> sample) {
        long size = reader.info(name).shape().size();
        for (int i = 1; i <= count && size > 0; i++) {
            sample.add(reader.number(name, size * i / (count + 1)));
        }
    }

    /**
     * The one that an artifact brings; empty where it brings none.
     *
     * @throws JobException bad_model when it is there and can't be read
     */
    public static Optional<BaseFingerprint> broughtBy(Path artifact) {
        Path report = artifact.resolve(REPORT);
        JsonNode brought = Files.exists(report) ? read(report).path(FIELD) : JSON.missingNode();
        if (brought.isMissingNode() || brought.isNull()) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.treeToValue(brought, BaseFingerprint.class));
        } catch (IOException | RuntimeException e) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "%s has a %s that can't be read (%s); take it out, or fetch the artifact again"
                            .formatted(report, FIELD, e.getMessage()),
                    e);
        }
    }

    /** What is different in another model; empty when it is the same one. */
    public String difference(BaseFingerprint other) {
        if (!modelType.equals(other.modelType)) {
            return "its model_type is %s, not %s".formatted(other.modelType, modelType);
        }
        if (layers != other.layers) {
            return "it has %d layers, not %d".formatted(other.layers, layers);
        }
        if (hiddenSize != other.hiddenSize) {
            return "its hidden_size is %d, not %d".formatted(other.hiddenSize, hiddenSize);
        }
        if (vocabSize != other.vocabSize) {
            return "its vocab_size is %d, not %d".formatted(other.vocabSize, vocabSize);
        }
        return areNear(other) ? "" : "it has the same sizes, but other weights";
    }

    private boolean areNear(BaseFingerprint other) {
        if (weights.size() != other.weights.size()) {
            return false;
        }
        for (int i = 0; i < weights.size(); i++) {
            double here = weights.get(i);
            double there = other.weights.get(i);
            if (!(Math.abs(here - there) <= TINY + NEAR * Math.max(Math.abs(here), Math.abs(there)))) {
                return false;
            }
        }
        return true;
    }

    private static JsonNode read(Path file) {
        try {
            return JsonFile.read(file);
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.BAD_MODEL, null, "%s can't be read: %s".formatted(file, e.getMessage()), e);
        }
    }
}
