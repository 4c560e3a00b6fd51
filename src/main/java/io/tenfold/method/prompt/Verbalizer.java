package io.tenfold.method.prompt;

import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The labels' words in a model's vocabulary. As in OpenPrompt, a word follows a space, and the words are told apart in the
 * vocabulary of all label words.
 */
final class Verbalizer {

    /** @param label the label's number */
    record Word(String text, int label, int[] ids) {
        int tokens() {
            return ids.length;
        }
    }

    private final List<String> labels;
    private final List<Word> words;
    private final List<Integer> asGiven;

    private Verbalizer(List<String> labels, List<Word> words) {
        this.labels = List.copyOf(labels);
        this.words =
                words.stream().sorted(Comparator.comparingInt(Word::tokens)).toList();
        asGiven = words.stream().map(this.words::indexOf).toList();
    }

    /**
     * Looks the words up.
     *
     * @param labels the classes' names in the order of their numbers
     * @throws JobException bad_request where labels and words don't fit, or the model does not know a word
     */
    static Verbalizer of(Map<String, List<String>> given, List<String> labels, TextTokenizer tokenizer) {
        for (String label : labels) {
            if (!given.containsKey(label)) {
                throw wrong("", "lacks the label %s; give it a word".formatted(label));
            }
        }
        for (String label : given.keySet()) {
            if (!labels.contains(label)) {
                throw wrong(
                        "",
                        "has %s, which is no label of the data; the labels are %s"
                                .formatted(label, String.join(", ", labels)));
            }
        }
        List<Word> words = new ArrayList<>();
        int unknown = unknown(tokenizer);
        for (int label = 0; label < labels.size(); label++) {
            for (String word : given.getOrDefault(labels.get(label), List.of())) {
                int[] ids = tokenizer.ids(" " + word);
                if (ids.length == 0 || Arrays.stream(ids).anyMatch(id -> id == unknown)) {
                    throw wrong(
                            "." + labels.get(label),
                            "has %s, which the model's vocabulary can't write; choose another word".formatted(word));
                }
                words.add(new Word(word, label, ids));
            }
        }
        refuseAlike(words, labels);
        return new Verbalizer(labels, words);
    }

    private static int unknown(TextTokenizer tokenizer) {
        int wordPiece = tokenizer.id("[UNK]");
        return wordPiece >= 0 ? wordPiece : tokenizer.id("<unk>");
    }

    /** A vocabulary without case, say, may take two words for one. */
    private static void refuseAlike(List<Word> words, List<String> labels) {
        for (int i = 0; i < words.size(); i++) {
            for (Word other : words.subList(0, i)) {
                if (Arrays.equals(words.get(i).ids(), other.ids())) {
                    throw wrong(
                            "." + labels.get(words.get(i).label()),
                            "has %s, which the model's vocabulary writes like %s of %s; choose another word"
                                    .formatted(words.get(i).text(), other.text(), labels.get(other.label())));
                }
            }
        }
    }

    /**
     * Refuses a word of several tokens, for training.
     *
     * @param ids what the model reads it as
     */
    void demandOneToken(Word word, int[] ids, TextTokenizer tokenizer) {
        if (ids.length > 1) {
            throw wrong(
                    "." + labels.get(word.label()),
                    "has %s, which takes %d tokens in the model's vocabulary (%s); training with shots needs words of one token: choose another word, or leave shots out"
                            .formatted(
                                    word.text(),
                                    ids.length,
                                    Arrays.stream(ids)
                                            .mapToObj(id -> tokenizer
                                                    .decode(new int[] {id}, false)
                                                    .strip())
                                            .collect(Collectors.joining(" "))));
        }
    }

    private static JobException wrong(String path, String what) {
        return new JobException(
                ErrorCode.BAD_REQUEST, "method.verbalizer" + path, "method.verbalizer%s %s".formatted(path, what));
    }

    List<String> labels() {
        return labels;
    }

    /** All words; those of one token first, then those of two, … */
    List<Word> words() {
        return words;
    }

    /** The places of {@link #words} in the order in which labels and words were given. */
    List<Integer> asGiven() {
        return asGiven;
    }

    /** How many tokens words have, each number once, rising. */
    int[] lengths() {
        return words.stream().mapToInt(Word::tokens).distinct().toArray();
    }

    /** The words of so many tokens. */
    List<Word> words(int tokens) {
        return words.stream().filter(word -> word.tokens() == tokens).toList();
    }

    /** Takes scores of words to means over each label's words, [words, labels], row by row. */
    float[] means() {
        float[] means = new float[words.size() * labels.size()];
        for (int word = 0; word < words.size(); word++) {
            int label = words.get(word).label();
            long own = words.stream().filter(other -> other.label() == label).count();
            means[word * labels.size() + label] = 1f / own;
        }
        return means;
    }
}
