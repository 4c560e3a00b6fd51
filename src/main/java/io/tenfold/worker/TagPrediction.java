package io.tenfold.worker;

import io.tenfold.train.Classifier;
import io.tenfold.train.TagSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What was said of a row's words.
 *
 * @param spans what the tags spell out
 * @param truncated whether the row had more tokens than the model was trained for
 */
public record TagPrediction(int row, List<Word> words, List<Span> spans, boolean truncated) {

    /**
     * A word and what was said of it.
     *
     * @param tag null for a word that has no token: cut off, or nothing to the tokenizer
     * @param score the tag's probability; 0 without one
     */
    public record Word(String text, @Nullable String tag, double score) {}

    /**
     * A run of words that is one thing.
     *
     * @param start its first word, from 0
     * @param end its last word
     * @param score the mean of its words' probabilities
     */
    public record Span(String type, int start, int end, String text, double score) {}

    static TagPrediction of(int row, List<String> words, Classifier.Tagged tagged) {
        List<Integer> places = new ArrayList<>();
        List<Classifier.Tag> known = new ArrayList<>();
        List<Word> all = new ArrayList<>();
        for (int word = 0; word < words.size(); word++) {
            Classifier.Tag tag = tagged.tags().get(word);
            if (tag != null) {
                places.add(word);
                known.add(tag);
            }
            all.add(
                    tag == null
                            ? new Word(words.get(word), null, 0)
                            : new Word(words.get(word), tag.label(), tag.score()));
        }
        List<Span> spans = TagSpan.of(known.stream().map(Classifier.Tag::label).toList()).stream()
                .map(span -> span(span, places, known, words))
                .toList();
        return new TagPrediction(row, all, spans, tagged.truncated());
    }

    /** @param places of the words that have tags among all words */
    private static Span span(TagSpan span, List<Integer> places, List<Classifier.Tag> tags, List<String> words) {
        int start = places.get(span.start());
        int end = places.get(span.end());
        double score = IntStream.rangeClosed(span.start(), span.end())
                .mapToDouble(i -> tags.get(i).score())
                .average()
                .orElse(0);
        return new Span(span.type(), start, end, String.join(" ", words.subList(start, end + 1)), score);
    }
}
