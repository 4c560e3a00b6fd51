package io.tenfold.data;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was found in one split, as it stands in {@code data_report}.
 *
 * @param rows rows that are trained or evaluated on: those of the file less {@code dropped}
 * @param tokens of these rows, special tokens included, after truncation
 * @param truncated rows that lost tokens to {@code max_length}
 * @param dropped rows left out because they were too long
 * @param empty rows with a text that is empty or white space; they are kept
 * @param duplicates rows whose texts stood in an earlier row; they are kept
 * @param labels rows by label, or counted words by tag, in the order of ids; null for regression and for files without
 *     labels
 * @param paddingAvoided share, 0 to 1, of the places in batches of {@code batch_size} rows in file order, each padded to
 *     its longest row, that would have been padding
 * @param words of rows whose words are tagged; null for others
 * @param language of rows that a language model learns from; null for others
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SplitReport(
        @JsonProperty("rows") long rows,
        @JsonProperty("tokens") long tokens,
        @JsonProperty("truncated") long truncated,
        @JsonProperty("dropped") long dropped,
        @JsonProperty("empty") long empty,
        @JsonProperty("duplicates") long duplicates,
        @JsonProperty("labels") @Nullable Map<String, Long> labels,
        @JsonProperty("padding_avoided") double paddingAvoided,
        @JsonProperty("words") @Nullable WordReport words,
        @JsonProperty("language") @Nullable LanguageReport language) {

    SplitReport(
            long rows,
            long tokens,
            long truncated,
            long dropped,
            long empty,
            long duplicates,
            @Nullable Map<String, Long> labels,
            double paddingAvoided,
            @Nullable WordReport words) {
        this(rows, tokens, truncated, dropped, empty, duplicates, labels, paddingAvoided, words, null);
    }

    /**
     * What was found of words.
     *
     * @param all words of all rows
     * @param cut words that were lost to {@code max_length}
     * @param silent words that the tokenizer makes nothing of, such as white space; neither they nor those that were cut are
     *     counted in loss and scores
     */
    public record WordReport(
            @JsonProperty("all") long all,
            @JsonProperty("cut") long cut,
            @JsonProperty("without_tokens") long silent) {}

    SplitReport withEmpty(long emptyTexts) {
        return new SplitReport(
                rows, tokens, truncated, dropped, emptyTexts, duplicates, labels, paddingAvoided, words, language);
    }

    SplitReport withWords(WordReport ofWords) {
        return new SplitReport(rows, tokens, truncated, dropped, empty, duplicates, labels, paddingAvoided, ofWords);
    }

    /**
     * What was found of texts that a language model learns from.
     *
     * @param shape what the file's rows are: {@code text}, {@code prompt}, {@code messages}, {@code sharegpt}, {@code
     *     alpaca} or {@code preference}
     * @param trained tokens that are trained on
     * @param unanswered rows left out because they have no answer, or lost it to {@code max_length}
     * @param endless answers after which the template sets no end: the model does not learn to stop there
     * @param documents texts that were joined and split at {@code max_length}; 0 where rows stay rows
     * @param conversations rows that the model's chat template made a text of
     */
    public record LanguageReport(
            @JsonProperty("shape") String shape,
            @JsonProperty("trained") long trained,
            @JsonProperty("unanswered") long unanswered,
            @JsonProperty("endless") long endless,
            @JsonProperty("documents") long documents,
            @JsonProperty("conversations") long conversations) {}

    /** @param more tokens of the same rows, those of worse answers */
    SplitReport withLanguage(LanguageReport ofLanguage, long more) {
        return new SplitReport(
                rows, tokens + more, truncated, dropped, empty, duplicates, labels, paddingAvoided, words, ofLanguage);
    }
}
