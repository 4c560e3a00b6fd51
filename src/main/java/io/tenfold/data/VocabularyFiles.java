package io.tenfold.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@code tokenizer.json} of the vocabulary that older models come with, as Transformers' {@code
 * convert_slow_tokenizer.py} does (BertConverter, RobertaConverter).
 */
final class VocabularyFiles {

    private final TokenizerFolder folder;
    private final byte @Nullable [] words;
    private final byte @Nullable [] pieces;
    private final byte @Nullable [] merges;

    VocabularyFiles(TokenizerFolder folder) {
        this.folder = folder;
        this.words = folder.bytes("vocab.txt");
        this.pieces = folder.bytes("vocab.json");
        this.merges = folder.bytes("merges.txt");
    }

    /** What the files look like: WordPiece where there is {@code vocab.txt}. */
    TokenizerFamily family() {
        return words != null ? TokenizerFamily.BERT : TokenizerFamily.ROBERTA;
    }

    /** @param named the family that the model's configuration names; null where it names none */
    ObjectNode tokenizer(@Nullable TokenizerFamily named) {
        TokenizerFamily wanted = named == null ? family() : named;
        if (wanted == TokenizerFamily.BERT && words != null) {
            return wordPiece(text("vocab.txt", words));
        }
        if (wanted == TokenizerFamily.ROBERTA && pieces != null && merges != null) {
            return byteLevel(text("merges.txt", merges));
        }
        throw folder.bad(
                "there is no tokenizer.json, and no vocabulary that one can be made of (vocab.txt for BERT, vocab.json and"
                        + " merges.txt for RoBERTa); save it with AutoTokenizer.from_pretrained(…).save_pretrained(…)");
    }

    private ObjectNode wordPiece(String lines) {
        ObjectNode vocabulary = TokenizerFolder.MAPPER.createObjectNode();
        String[] tokens = lines.replace("\r\n", "\n").split("\n", -1);
        int count = tokens[tokens.length - 1].isEmpty() ? tokens.length - 1 : tokens.length;
        for (int id = 0; id < count; id++) {
            vocabulary.put(tokens[id], id);
        }
        String unknown = folder.special("unk_token", "[UNK]");
        String start = folder.special("cls_token", "[CLS]");
        String end = folder.special("sep_token", "[SEP]");
        List<String> specials = List.of(
                folder.special("pad_token", "[PAD]"), unknown, start, end, folder.special("mask_token", "[MASK]"));
        ObjectNode made = begin(vocabulary, specials, "");
        folder.normalize(
                made.putObject("normalizer").put("type", "BertNormalizer").put("clean_text", true));
        made.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        template(made.putObject("post_processor"), start, id(vocabulary, start), end, id(vocabulary, end));
        made.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
        id(vocabulary, unknown);
        made.putObject("model")
                .put("type", "WordPiece")
                .put("unk_token", unknown)
                .put("continuing_subword_prefix", "##")
                .put("max_input_chars_per_word", 100)
                .set("vocab", vocabulary);
        return made;
    }

    /** {@code [CLS] A [SEP]} and {@code [CLS] A [SEP] B [SEP]}, the second text and its end with type 1. */
    private static void template(ObjectNode processor, String start, int startId, String end, int endId) {
        processor.put("type", "TemplateProcessing");
        ArrayNode single = processor.putArray("single");
        ArrayNode pair = processor.putArray("pair");
        for (ArrayNode pattern : List.of(single, pair)) {
            part(pattern, "SpecialToken", start, 0);
            part(pattern, "Sequence", "A", 0);
            part(pattern, "SpecialToken", end, 0);
        }
        part(pair, "Sequence", "B", 1);
        part(pair, "SpecialToken", end, 1);
        ObjectNode specials = processor.putObject("special_tokens");
        special(specials, start, startId);
        special(specials, end, endId);
    }

    private static void part(ArrayNode pattern, String kind, String id, int type) {
        pattern.addObject().putObject(kind).put("id", id).put("type_id", type);
    }

    private static void special(ObjectNode specials, String token, int id) {
        ObjectNode described = specials.putObject(token).put("id", token);
        described.putArray("ids").add(id);
        described.putArray("tokens").add(token);
    }

    private ObjectNode byteLevel(String lines) {
        ObjectNode vocabulary = folder.object("vocab.json");
        String start = folder.special("bos_token", "<s>");
        String end = folder.special("eos_token", "</s>");
        String first = folder.special("cls_token", start);
        String separator = folder.special("sep_token", end);
        String mask = folder.special("mask_token", "<mask>");
        List<String> specials = List.of(
                first, folder.special("pad_token", "<pad>"), separator, folder.special("unk_token", "<unk>"), mask);
        boolean space = folder.flag("add_prefix_space", false);
        ObjectNode made = begin(vocabulary, specials, mask);
        made.putNull("normalizer");
        byteLevelPart(made.putObject("pre_tokenizer"), space);
        ObjectNode processor = made.putObject("post_processor").put("type", "RobertaProcessing");
        processor.putArray("sep").add(separator).add(id(vocabulary, separator));
        processor.putArray("cls").add(first).add(id(vocabulary, first));
        processor.put("trim_offsets", true).put("add_prefix_space", space);
        byteLevelPart(made.putObject("decoder"), true);
        ObjectNode model = made.putObject("model").put("type", "BPE");
        model.putNull("dropout").putNull("unk_token");
        model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "").put("fuse_unk", false);
        model.set("vocab", vocabulary);
        ArrayNode pairs = model.putArray("merges");
        // As in Transformers: the first line is the version, and what follows the last line's end is left out.
        String[] all = lines.replace("\r\n", "\n").split("\n", -1);
        for (int i = 1; i < all.length - 1; i++) {
            pairs.add(all[i]);
        }
        return made;
    }

    private static void byteLevelPart(ObjectNode part, boolean space) {
        part.put("type", "ByteLevel")
                .put("add_prefix_space", space)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    /** The head of a tokenizer file; special tokens that the vocabulary lacks are left out. */
    private static ObjectNode begin(ObjectNode vocabulary, List<String> specials, String stripsLeft) {
        ObjectNode made = TokenizerFolder.MAPPER.createObjectNode().put("version", "1.0");
        made.putNull("truncation").putNull("padding");
        ArrayNode added = made.putArray("added_tokens");
        List<String> known = new ArrayList<>(
                specials.stream().filter(vocabulary::has).distinct().toList());
        known.sort(Comparator.comparingInt(token -> vocabulary.path(token).asInt()));
        for (String token : known) {
            added.addObject()
                    .put("id", vocabulary.path(token).asInt())
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", token.equals(stripsLeft))
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        return made;
    }

    private int id(ObjectNode vocabulary, String token) {
        if (!vocabulary.path(token).isInt()) {
            throw folder.bad("the vocabulary lacks the special token " + token);
        }
        return vocabulary.path(token).intValue();
    }

    private String text(String name, byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw folder.bad(name + " is not UTF-8");
        }
    }
}
