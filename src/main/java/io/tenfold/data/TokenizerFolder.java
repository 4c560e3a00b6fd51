package io.tenfold.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer files of a model's folder, and what Transformers' AutoTokenizer (4.57) makes of them: its classes override
 * parts of {@code tokenizer.json} by {@code tokenizer_config.json}.
 */
final class TokenizerFolder {

    static final ObjectMapper MAPPER = new ObjectMapper();

    /** The largest in use (a vocabulary of 256,000 with its merges) has a half of this. */
    private static final long MAX_BYTES = 64_000_000;

    private static final String TOKENIZER = "tokenizer.json";
    private static final String CONFIG = "tokenizer_config.json";

    /** What travels with an artifact where the model's folder has it. */
    private static final List<String> TRAVELLING = List.of(
            TOKENIZER,
            CONFIG,
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.txt",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja");

    private final Path folder;
    private final String location;
    private final ObjectNode config;
    private final TokenizerFamily family;
    private final ObjectNode tokenizer;
    private final boolean made;

    private TokenizerFolder(Path folder, String location) {
        this.folder = folder;
        this.location = location;
        this.config = object(CONFIG);
        ObjectNode model = object("config.json");
        String tokenizerClass = text(config, "tokenizer_class");
        TokenizerFamily named = TokenizerFamily.of(
                tokenizerClass == null ? text(model, "tokenizer_class") : tokenizerClass, text(model, "model_type"));
        this.made = !Files.exists(folder.resolve(TOKENIZER));
        if (made) {
            VocabularyFiles vocabulary = new VocabularyFiles(this);
            tokenizer = vocabulary.tokenizer(named);
            family = named == null ? vocabulary.family() : named;
        } else {
            tokenizer = object(TOKENIZER);
            family = named == null ? TokenizerFamily.OTHER : named;
        }
    }

    /** @param location what the folder's owner calls it, for messages */
    static TokenizerFolder read(Path folder, String location) {
        return new TokenizerFolder(folder, location);
    }

    Path path() {
        return folder;
    }

    /** {@code tokenizer.json} as Transformers would use it, without truncation and padding. */
    ObjectNode effective() {
        ObjectNode effective = tokenizer.deepCopy();
        if ("left".equalsIgnoreCase(text(config, "truncation_side"))
                || "Left".equals(effective.path("truncation").path("direction").asText())) {
            throw bad(
                    "truncation_side is left; only tokenizers that cut texts at their end are supported; set it to right");
        }
        effective.putNull("truncation");
        effective.putNull("padding");
        if (effective.path("pre_tokenizer") instanceof ObjectNode words
                && "ByteLevel".equals(text(words, "type"))
                && words.has("add_prefix_space")) {
            words.put("add_prefix_space", flag("add_prefix_space", false));
        }
        if (family == TokenizerFamily.BERT
                && effective.path("normalizer") instanceof ObjectNode normalizer
                && "BertNormalizer".equals(text(normalizer, "type"))) {
            normalize(normalizer);
        }
        addTokens(effective);
        return effective;
    }

    /** {@link #effective} for texts that are split into words: byte-level BPE sets a blank before each. */
    ObjectNode splitIntoWords() {
        ObjectNode split = effective();
        if (split.path("pre_tokenizer") instanceof ObjectNode words && "ByteLevel".equals(text(words, "type"))) {
            words.put("add_prefix_space", true);
        }
        return split;
    }

    /** What {@code BertTokenizerFast} sets, by its own defaults where the config is silent. */
    void normalize(ObjectNode normalizer) {
        normalizer.put("lowercase", flag("do_lower_case", true));
        normalizer.put("handle_chinese_chars", flag("tokenize_chinese_chars", true));
        JsonNode strip = config.path("strip_accents");
        if (strip.isBoolean()) {
            normalizer.put("strip_accents", strip.booleanValue());
        } else {
            normalizer.putNull("strip_accents");
        }
    }

    /** Tokens that the config knows and the tokenizer does not. */
    private void addTokens(ObjectNode effective) {
        var added = effective.withArray("added_tokens");
        Set<Integer> there = new HashSet<>();
        added.forEach(token -> there.add(token.path("id").asInt(-1)));
        for (Map.Entry<String, JsonNode> token :
                config.path("added_tokens_decoder").properties()) {
            int id;
            try {
                id = Integer.parseInt(token.getKey());
            } catch (NumberFormatException e) {
                throw bad("%s: added_tokens_decoder has the id \"%s\", which is not a number"
                        .formatted(CONFIG, Shown.value(token.getKey(), 60)));
            }
            if (there.add(id) && token.getValue() instanceof ObjectNode described) {
                added.add(described.deepCopy().put("id", id));
            }
        }
    }

    /**
     * Copies or writes what an artifact needs into {@code target}; returns the names, sorted.
     *
     * @param words whether texts come split into words
     */
    List<String> writeTo(Path target, boolean words) {
        List<String> written = new ArrayList<>();
        try {
            Files.createDirectories(target);
            for (String name : TRAVELLING) {
                if (Files.exists(folder.resolve(name)) && !name.equals(CONFIG)) {
                    Files.copy(folder.resolve(name), target.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                    written.add(name);
                }
            }
            if (made) {
                MAPPER.writeValue(target.resolve(TOKENIZER).toFile(), tokenizer);
                written.add(TOKENIZER);
            }
            writeConfig(target.resolve(CONFIG), words && !splitIntoWords().equals(effective()));
            written.add(CONFIG);
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.INTERNAL,
                    null,
                    "can't write the tokenizer of %s to %s: %s".formatted(location, target, e),
                    e);
        }
        return written.stream().sorted().toList();
    }

    /** An adapter's folder has no {@code config.json}, so AutoTokenizer needs the class here. */
    private void writeConfig(Path target, boolean blankBefore) throws IOException {
        if (config.has("tokenizer_class") && !blankBefore) {
            Files.copy(folder.resolve(CONFIG), target, StandardCopyOption.REPLACE_EXISTING);
            return;
        }
        ObjectNode complete = config.deepCopy();
        if (!config.has("tokenizer_class")) {
            complete.put("tokenizer_class", family.tokenizerClass());
        }
        if (blankBefore) {
            complete.put("add_prefix_space", true);
        }
        JsonNode positions = object("config.json").path("max_position_embeddings");
        if (!complete.has("model_max_length") && positions.isInt() && family == TokenizerFamily.BERT) {
            complete.set("model_max_length", positions);
        }
        MAPPER.writerWithDefaultPrettyPrinter().writeValue(target.toFile(), complete);
    }

    /** A special token's text: from the config, the map of special tokens, or {@code usual}. */
    String special(String name, String usual) {
        for (ObjectNode from : List.of(config, object("special_tokens_map.json"))) {
            JsonNode value = from.path(name);
            JsonNode content = value.isObject() ? value.path("content") : value;
            if (content.isTextual()) {
                return content.textValue();
            }
        }
        return usual;
    }

    /** The special tokens that have a text, as Transformers' {@code special_tokens_map}. */
    Map<String, Object> specialTokens() {
        Map<String, Object> tokens = new LinkedHashMap<>();
        for (String name :
                List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")) {
            String token = special(name, "");
            if (!token.isEmpty()) {
                tokens.put(name, token);
            }
        }
        return tokens;
    }

    /** Where generation ends, by the first file that says so; {@code ofTokenizer} too. */
    int[] endIds(int ofTokenizer) {
        JsonNode ids = object("generation_config.json").path("eos_token_id");
        if (ids.isMissingNode() || ids.isNull()) {
            ids = object("config.json").path("eos_token_id");
        }
        IntStream named = ids.isArray()
                ? ids.valueStream().filter(JsonNode::isInt).mapToInt(JsonNode::intValue)
                : ids.isInt() ? IntStream.of(ids.intValue()) : IntStream.empty();
        return IntStream.concat(named, IntStream.of(ofTokenizer)).distinct().toArray();
    }

    /** The file {@code tokenizer_config.json}. */
    ObjectNode config() {
        return config;
    }

    boolean flag(String name, boolean usual) {
        JsonNode value = config.path(name);
        return value.isBoolean() ? value.booleanValue() : usual;
    }

    /** The bytes of a file; null where there is none. */
    byte @Nullable [] bytes(String name) {
        try {
            if (Files.exists(folder.resolve(name)) && Files.size(folder.resolve(name)) > MAX_BYTES) {
                throw bad("%s has %d bytes; no tokenizer needs more than %d, so it is not what its name says"
                        .formatted(name, Files.size(folder.resolve(name)), MAX_BYTES));
            }
            return Files.exists(folder.resolve(name)) ? Files.readAllBytes(folder.resolve(name)) : null;
        } catch (IOException e) {
            throw bad("%s can't be read: %s".formatted(name, e));
        }
    }

    /** A JSON object; empty where there is no such file. */
    ObjectNode object(String name) {
        byte[] bytes = bytes(name);
        if (bytes == null) {
            return MAPPER.createObjectNode();
        }
        try {
            if (MAPPER.readTree(bytes) instanceof ObjectNode object) {
                return object;
            }
            throw bad(name + " is not a JSON object");
        } catch (JsonProcessingException e) {
            throw bad("%s is not JSON: %s".formatted(name, Shown.value(e.getOriginalMessage(), 200)));
        } catch (IOException e) {
            throw bad("%s can't be read: %s".formatted(name, e));
        }
    }

    JobException bad(String what) {
        return new JobException(ErrorCode.BAD_MODEL, "model", "%s: %s".formatted(location, what));
    }

    private static @Nullable String text(JsonNode from, String name) {
        JsonNode value = from.path(name);
        return value.isTextual() ? value.textValue() : null;
    }
}
