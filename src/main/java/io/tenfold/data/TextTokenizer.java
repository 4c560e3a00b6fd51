package io.tenfold.data;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.util.PairList;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.JobException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A model's tokenizer: texts to token ids, as Transformers' fast tokenizers do it. Safe for several threads. */
public final class TextTokenizer implements RowEncoder, AutoCloseable {

    private final TokenizerFolder folder;
    private final byte[] json;
    private final HuggingFaceTokenizer whole;
    private final Map<Integer, HuggingFaceTokenizer> truncating = new ConcurrentHashMap<>();
    private final Map<Integer, int[]> zeros = new ConcurrentHashMap<>();
    private final Map<String, Integer> vocabulary;
    private final String maskToken;

    private TextTokenizer(TokenizerFolder folder) {
        this.folder = folder;
        ObjectNode effective = folder.effective();
        try {
            json = TokenizerFolder.MAPPER.writeValueAsBytes(effective);
            whole = HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json), Map.of("truncation", "false", "padding", "false"));
        } catch (IOException | RuntimeException e) {
            throw folder.bad(
                    "tokenizer.json can't be used: %s".formatted(Shown.value(String.valueOf(e.getMessage()), 200)));
        }
        vocabulary = vocabulary(effective);
        String roberta = vocabulary.containsKey("<mask>") ? "<mask>" : "[MASK]";
        maskToken = folder.special("mask_token", roberta);
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
                HuggingFaceTokenizer cut = truncating.computeIfAbsent(maxLength, this::truncating);
                encoding = texts2 == null
                        ? cut.encode(texts.get(i), true, false)
                        : cut.encode(texts.get(i), texts2.get(i), true, false);
            }
            rows[i] = row(encoding, tokens);
        }
        return Arrays.asList(rows);
    }

    private EncodedRow row(Encoding encoding, int untruncated) {
        int[] types = ints(encoding.getTypeIds());
        boolean plain = Arrays.stream(types).allMatch(type -> type == 0);
        int[] shared = plain ? zeros.computeIfAbsent(types.length, int[]::new) : types;
        return new EncodedRow(ints(encoding.getIds()), shared, untruncated);
    }

    private HuggingFaceTokenizer truncating(int maxLength) {
        String length = String.valueOf(maxLength);
        try {
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json),
                    Map.of("truncation", "true", "padding", "false", "maxLength", length, "modelMaxLength", length));
        } catch (IOException | RuntimeException e) {
            throw folder.bad("tokenizer.json can't truncate to %d tokens: %s".formatted(maxLength, e.getMessage()));
        }
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
        return Arrays.stream(whole.batchEncode(texts, true, false))
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

    /** One more than the largest id, added tokens included: as many embeddings as the model needs at least. */
    public int vocabularySize() {
        return vocabulary.values().stream().mapToInt(id -> id + 1).max().orElse(0);
    }

    /** Every token that stands in the vocabulary. */
    public Set<String> tokens() {
        return vocabulary.keySet();
    }

    /**
     * Writes into {@code target} what AutoTokenizer opens an artifact with: the model's own files, {@code tokenizer.json}
     * where it had to be made, {@code tokenizer_config.json} with the tokenizer's class.
     *
     * @return the names of the files, sorted
     */
    public List<String> writeTo(Path target) {
        return folder.writeTo(target);
    }

    @Override
    public void close() {
        whole.close();
        truncating.values().forEach(HuggingFaceTokenizer::close);
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
