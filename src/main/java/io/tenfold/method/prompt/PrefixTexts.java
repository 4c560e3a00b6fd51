package io.tenfold.method.prompt;

import io.tenfold.data.EncodedRow;
import io.tenfold.data.PlacedTokens;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a row once for each template of a decoder: what stands before {@code [MASK]}, one version after another, without the
 * blanks at its end, which belong to the label's word. Where it is too long for the longest word to follow, the texts lose
 * their last tokens and the template none.
 */
final class PrefixTexts implements RowEncoder {

    private final TextTokenizer tokenizer;
    private final List<Template> templates;

    /** Tokens of each template's longest word. */
    private final int[] longest;

    PrefixTexts(TextTokenizer tokenizer, List<Template> templates, int[] longest) {
        this.tokenizer = tokenizer;
        this.templates = List.copyOf(templates);
        this.longest = longest.clone();
    }

    /** What one template makes of a row, and how many tokens that had with the longest word before it was cut. */
    private record Cut(int[] ids, int untruncated) {}

    /** The version of a row for a template, by its number. */
    static int[] prefix(int[] ids, int[] marks, int template) {
        return Arrays.copyOfRange(ids, template == 0 ? 0 : marks[template - 1], marks[template]);
    }

    /** A text without the blanks at its end. */
    static String withoutBlanks(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        return text.substring(0, end);
    }

    @Override
    public List<EncodedRow> encode(List<String> texts, @Nullable List<String> texts2, int maxLength) {
        List<List<Cut>> versions = new ArrayList<>();
        for (int number = 0; number < templates.size(); number++) {
            Template template = templates.get(number);
            template.checkTexts(texts2 != null);
            versions.add(version(template, longest[number], texts, texts2, maxLength));
        }
        return IntStream.range(0, texts.size())
                .mapToObj(
                        row -> joined(versions.stream().map(own -> own.get(row)).toList(), maxLength))
                .toList();
    }

    private static EncodedRow joined(List<Cut> versions, int maxLength) {
        int[] ends = new int[versions.size()];
        int end = 0;
        for (int i = 0; i < ends.length; i++) {
            end += versions.get(i).ids().length;
            ends[i] = end;
        }
        int untruncated = versions.stream().mapToInt(Cut::untruncated).max().orElse(0);
        int[] ids = versions.stream().map(Cut::ids).flatMapToInt(Arrays::stream).toArray();
        return EncodedRow.marked(ids, new int[ids.length], ends, untruncated, untruncated > maxLength);
    }

    private List<Cut> version(
            Template template, int word, List<String> texts, @Nullable List<String> texts2, int maxLength) {
        List<Template.Filled> filled = IntStream.range(0, texts.size())
                .mapToObj(row -> template.fill(texts.get(row), texts2 == null ? null : texts2.get(row), ""))
                .toList();
        List<PlacedTokens> tokens = tokenizer.place(
                filled.stream().map(own -> withoutBlanks(own.text())).toList());
        return IntStream.range(0, texts.size())
                .mapToObj(row -> cut(template, word, filled.get(row).gaps(), tokens.get(row), maxLength))
                .toList();
    }

    private Cut cut(Template template, int word, List<Template.Stretch> gaps, PlacedTokens tokens, int maxLength) {
        int size = tokens.ids().length;
        // What some tokenizers set behind a text would end it before the word.
        while (size > 0 && tokens.starts()[size - 1] < 0 && size > begin(tokens)) {
            size--;
        }
        Template.Kind[] kinds = new Template.Kind[size];
        for (int i = 0; i < size; i++) {
            kinds[i] = kind(gaps, tokens.starts()[i], tokens.ends()[i]);
        }
        int[] ids = Arrays.stream(TemplateCut.kept(template, kinds, word, maxLength))
                .map(i -> tokens.ids()[i])
                .toArray();
        // The first word of all needs something to follow: what ends the text before.
        return new Cut(ids.length == 0 ? new int[] {tokenizer.endId()} : ids, size + word);
    }

    /** How many tokens the tokenizer sets before a text. */
    private static int begin(PlacedTokens tokens) {
        int[] starts = tokens.starts();
        int count = 0;
        while (count < starts.length && starts[count] < 0) {
            count++;
        }
        return count;
    }

    /** What a token belongs to; one that stands over the edge of a text is the template's. */
    private static Template.Kind kind(List<Template.Stretch> gaps, int from, int to) {
        return gaps.stream()
                .filter(gap -> gap.kind() != Template.Kind.MASK && from >= 0 && gap.holds(from, to))
                .map(Template.Stretch::kind)
                .findFirst()
                .orElse(Template.Kind.LITERAL);
    }
}
