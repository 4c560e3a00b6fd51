package io.tenfold.data;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.util.PairList;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.JobException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A model's tokenizer: texts to token ids, as Transformers' fast tokenizers do it. Safe for several threads. */
public final class TextTokenizer implements RowEncoder, AutoCloseable {

    private static final Map<String, String> WHOLE = Map.of("truncation", "false", "padding", "false");

    private final TokenizerFolder folder;
    private final byte[] json;
    private final HuggingFaceTokenizer whole;
    private final Map<Integer, HuggingFaceTokenizer> truncating = new ConcurrentHashMap<>();
    private final Map<Integer, HuggingFaceTokenizer> split = new ConcurrentHashMap<>();
    private final Map<Integer, int[]> zeros = new ConcurrentHashMap<>();
    private final Map<String, Integer> vocabulary;
    private final String maskToken;
    private final TokenKinds kinds;

    private TextTokenizer(TokenizerFolder folder) {
        this.folder = folder;
        ObjectNode effective = folder.effective();
        json = bytes(effective);
        whole = made(json, WHOLE);
        vocabulary = vocabulary(effective);
        kinds = TokenKinds.of(effective, vocabulary);
        String roberta = vocabulary.containsKey("<mask>") ? "<mask>" : "[MASK]";
        maskToken = folder.special("mask_token", roberta);
    }

    private static byte[] bytes(ObjectNode tokenizer) {
        try {
            return TokenizerFolder.MAPPER.writeValueAsBytes(tokenizer);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HuggingFaceTokenizer made(byte[] tokenizer, Map<String, String> options) {
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(tokenizer), options);
        } catch (IOException | RuntimeException e) {
            throw folder.bad("tokenizer.json can't be used%s: %s"
                    .formatted(
                            options.containsKey("maxLength") ? " to cut rows" : "",
                            Shown.value(String.valueOf(e.getMessage()), 200)));
        }
    }

    /**
     * Opens {@code tokenizer.json} of a model's folder; without one, makes it from {@code vocab.txt} (WordPiece) or {@code
     * vocab.json} and {@code merges.txt} (byte-level BPE). Truncation and padding that the file prescribes are ignored;
     * what {@code tokenizer_config.json} overrides in Transformers, it overrides here.
     *
     * @param location what the folder's owner calls it, for messages; the param is {@code model}
     * @throws JobException BAD_MODEL where the folder has no tokenizer, or a broken one
     */
    public static TextTokenizer open(Path modelFolder, String location) {
        return new TextTokenizer(TokenizerFolder.read(modelFolder, location));
    }

    /**
     * Encodes rows of one text, or of two where {@code texts2} is given (as many), with special tokens; a row with more
     * than {@code maxLength} tokens is truncated as Transformers' {@code longest_first} does.
     *
     * @param maxLength at least the number of special tokens in a row
     */
    @Override
    public List<EncodedRow> encode(List<String> texts, @Nullable List<String> texts2, int maxLength) {
        if (texts.isEmpty()) {
            return List.of();
        }
        Encoding[] encodings = texts2 == null
                ? whole.batchEncode(texts, true, false)
                : whole.batchEncode(new PairList<>(texts, texts2), true, false);
        EncodedRow[] rows = new EncodedRow[encodings.length];
        for (int i = 0; i < rows.length; i++) {
            Encoding encoding = encodings[i];
            int tokens = encoding.getIds().length;
            if (tokens > maxLength) {
                HuggingFaceTokenizer cut = truncating.computeIfAbsent(maxLength, length -> truncating(json, length));
                encoding = texts2 == null
                        ? cut.encode(texts.get(i), true, false)
                        : cut.encode(texts.get(i), texts2.get(i), true, false);
            }
            rows[i] = row(encoding, tokens);
        }
        return Arrays.asList(rows);
    }

    /**
     * Encodes words as Transformers does with {@code is_split_into_words}; byte-level BPE sets a blank before each word,
     * as it does there with {@code add_prefix_space}.
     */
    @Override
    public EncodedWords encodeWords(List<String> words, int maxLength) {
        if (words.isEmpty()) {
            return new EncodedWords(encode(List.of(""), null, maxLength).getFirst(), new int[0], 0);
        }
        HuggingFaceTokenizer every =
                split.computeIfAbsent(Integer.MAX_VALUE, _ -> made(bytes(folder.splitIntoWords()), WHOLE));
        Encoding encoding = every.encode(words, true, false);
        int[] places = places(encoding, words.size());
        int silent = (int) Arrays.stream(places).filter(place -> place < 0).count();
        int tokens = encoding.getIds().length;
        if (tokens > maxLength) {
            encoding = split.computeIfAbsent(maxLength, length -> truncating(bytes(folder.splitIntoWords()), length))
                    .encode(words, true, false);
            places = places(encoding, words.size());
        }
        return new EncodedWords(row(encoding, tokens), places, silent);
    }

    /** The place of each word's first token; -1 for a word without one. */
    private static int[] places(Encoding encoding, int words) {
        int[] places = new int[words];
        Arrays.fill(places, -1);
        long[] wordIds = encoding.getWordIds();
        for (int place = wordIds.length - 1; place >= 0; place--) {
            if (wordIds[place] >= 0) {
                places[(int) wordIds[place]] = place;
            }
        }
        return places;
    }

    /** Token types of a row of one text: zeros, shared by all rows of this length. */
    int[] noTypes(int length) {
        return zeros.computeIfAbsent(length, int[]::new);
    }

    private EncodedRow row(Encoding encoding, int untruncated) {
        int[] types = ints(encoding.getTypeIds());
        boolean plain = Arrays.stream(types).allMatch(type -> type == 0);
        int[] shared = plain ? noTypes(types.length) : types;
        return new EncodedRow(ints(encoding.getIds()), shared, untruncated);
    }

    private HuggingFaceTokenizer truncating(byte[] tokenizer, int maxLength) {
        String length = String.valueOf(maxLength);
        return made(
                tokenizer,
                Map.of("truncation", "true", "padding", "false", "maxLength", length, "modelMaxLength", length));
    }

    /** The text of token ids; special tokens are left out where {@code skipSpecial}. */
    public String decode(int[] ids, boolean skipSpecial) {
        return whole.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    /** The id of a token as the vocabulary writes it ({@code [MASK]}, {@code great}, {@code ##ing}); -1 where it is not in it. */
    public int id(String token) {
        return vocabulary.getOrDefault(token, -1);
    }

    /** The id of {@code [MASK]} or {@code <mask>}; -1 where the tokenizer has none. */
    public int maskId() {
        return id(maskToken);
    }

    /** Which tokens are special, and which go on with a word. */
    public TokenKinds kinds() {
        return kinds;
    }

    /** The folder that it was opened in, where the model lies. */
    public Path modelFolder() {
        return folder.path();
    }

    /** How texts write {@link #maskId}. */
    public String maskToken() {
        return maskToken;
    }

    /** The ids of a text's own tokens, without special ones. */
    public int[] ids(String text) {
        return ints(whole.encode(text, false, false).getIds());
    }

    /** Encodes rows of one text, whole, with special tokens, and says where in its text each token stands. */
    public List<PlacedTokens> place(List<String> texts) {
        return place(texts, true);
    }

    /** Likewise; with {@code special} false without the tokens that the tokenizer itself sets around a text. */
    public List<PlacedTokens> place(List<String> texts, boolean special) {
        return Arrays.stream(whole.batchEncode(texts, special, false))
                .map(encoding -> {
                    CharSpan[] spans = encoding.getCharTokenSpans();
                    return new PlacedTokens(
                            ints(encoding.getIds()),
                            ints(encoding.getTypeIds()),
                            Arrays.stream(spans)
                                    .mapToInt(span -> span == null ? -1 : span.getStart())
                                    .toArray(),
                            Arrays.stream(spans)
                                    .mapToInt(span -> span == null ? -1 : span.getEnd())
                                    .toArray());
                })
                .toList();
    }

    /**
     * The id of the token that ends a text.
     *
     * @throws JobException BAD_MODEL where the tokenizer has none
     */
    public int endId() {
        String token = folder.special("eos_token", "");
        if (id(token) < 0) {
            throw folder.bad(
                    token.isEmpty()
                            ? "tokenizer_config.json names no eos_token, so the model can't learn where a text ends; name one"
                            : "the vocabulary lacks the eos_token %s".formatted(Shown.value(token, 60)));
        }
        return id(token);
    }

    /** The ids of the tokens at which generation ends: those of {@code generation_config.json} (or {@code config.json}), and {@link #endId}. */
    public int[] endIds() {
        return folder.endIds(endId());
    }

    /** The special tokens' texts, longest first. */
    List<String> specialTokens() {
        return vocabulary.entrySet().stream()
                .filter(token -> kinds.special(token.getValue()))
                .map(Map.Entry::getKey)
                .sorted(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /**
     * The model's chat template.
     *
     * @param now what {@code strftime_now} tells: a template that asks makes other texts on other days
     * @return null where the model has none
     * @throws JobException BAD_MODEL for a template that can't be read, with file and line
     */
    public @Nullable ChatTemplate chatTemplate(LocalDateTime now) {
        return ChatTemplate.read(folder, now);
    }

    /** Turns ids into text one by one. */
    public TextStream stream(boolean skipSpecial) {
        return new TextStream(ids -> decode(ids, skipSpecial));
    }

    /** One more than the largest id, added tokens included: as many embeddings as the model needs at least. */
    public int vocabularySize() {
        return vocabulary.values().stream().mapToInt(id -> id + 1).max().orElse(0);
    }

    /** Every token that stands in the vocabulary. */
    public Set<String> tokens() {
        return vocabulary.keySet();
    }

    /** The first token, by its number here, that has not the same number in both; null: all have. */
    public @Nullable String firstDifference(TextTokenizer other) {
        TreeSet<String> all =
                new TreeSet<>(Comparator.<String>comparingInt(token -> id(token) < 0 ? other.id(token) : id(token))
                        .thenComparing(Comparator.naturalOrder()));
        all.addAll(tokens());
        all.addAll(other.tokens());
        return all.stream()
                .filter(token -> id(token) != other.id(token))
                .findFirst()
                .orElse(null);
    }

    /**
     * Writes into {@code target} what AutoTokenizer opens an artifact with: the model's own files, {@code tokenizer.json}
     * where it had to be made, {@code tokenizer_config.json} with the tokenizer's class.
     *
     * @param words whether rows are words, as in {@link #encodeWords}, which AutoTokenizer then encodes alike
     * @return the names of the files, sorted
     */
    public List<String> writeTo(Path target, boolean words) {
        return folder.writeTo(target, words);
    }

    @Override
    public void close() {
        whole.close();
        truncating.values().forEach(HuggingFaceTokenizer::close);
        split.values().forEach(HuggingFaceTokenizer::close);
    }

    private static Map<String, Integer> vocabulary(ObjectNode tokenizer) {
        Map<String, Integer> ids = new HashMap<>();
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        if (vocabulary.isObject()) {
            vocabulary
                    .properties()
                    .forEach(token -> ids.put(token.getKey(), token.getValue().asInt()));
        } else {
            for (int id = 0; id < vocabulary.size(); id++) {
                ids.put(vocabulary.path(id).path(0).asText(), id);
            }
        }
        for (JsonNode added : tokenizer.path("added_tokens")) {
            ids.put(added.path("content").asText(), added.path("id").asInt());
        }
        return Map.copyOf(ids);
    }

    private static int[] ints(long[] values) {
        int[] ints = new int[values.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) values[i];
        }
        return ints;
    }
}
