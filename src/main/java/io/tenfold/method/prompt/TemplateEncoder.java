package io.tenfold.method.prompt;

import io.tenfold.data.EncodedRow;
import io.tenfold.data.PlacedTokens;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a row once for each template and number of masks, one version after another. A version's tokens are exactly
 * those of the whole filled template; where these are too many, the texts lose their last ones and the template none.
 */
final class TemplateEncoder implements RowEncoder {

    /** Numbers in {@link EncodedRow#marks} for each version: where it ends in the row, and where in it the masks begin. */
    private static final int MARKS = 2;

    private final TextTokenizer tokenizer;
    private final List<Template> templates;
    private final int[] masks;

    /** @param masks numbers of masks in a row, rising: as many as the label words have tokens */
    TemplateEncoder(TextTokenizer tokenizer, List<Template> templates, int[] masks) {
        this.tokenizer = tokenizer;
        this.templates = List.copyOf(templates);
        this.masks = masks.clone();
    }

    /** One version of a row: its tokens, and where its first mask stands. */
    record Version(int[] ids, int[] types, int mask) {}

    /** What one template makes of a row, and how many tokens it had before it was cut. */
    private record Cut(int[] ids, int[] types, int mask, int untruncated) {}

    /** The version of a row for a template and a number of masks, both by place in their lists. */
    Version version(int[] ids, int[] types, int[] marks, int template, int mask) {
        int at = (template * masks.length + mask) * MARKS;
        int from = at == 0 ? 0 : marks[at - MARKS];
        return new Version(
                Arrays.copyOfRange(ids, from, marks[at]), Arrays.copyOfRange(types, from, marks[at]), marks[at + 1]);
    }

    @Override
    public List<EncodedRow> encode(List<String> texts, @Nullable List<String> texts2, int maxLength) {
        templates.forEach(template -> template.checkTexts(texts2 != null));
        List<List<Cut>> versions = new ArrayList<>();
        for (Template template : templates) {
            for (int count : masks) {
                versions.add(version(template, count, texts, texts2, maxLength));
            }
        }
        return IntStream.range(0, texts.size())
                .mapToObj(
                        row -> joined(versions.stream().map(own -> own.get(row)).toList(), maxLength))
                .toList();
    }

    private static EncodedRow joined(List<Cut> versions, int maxLength) {
        int[] marks = new int[versions.size() * MARKS];
        int end = 0;
        int longest = 0;
        for (int i = 0; i < versions.size(); i++) {
            end += versions.get(i).ids().length;
            longest = Math.max(longest, versions.get(i).untruncated());
            marks[i * MARKS] = end;
            marks[i * MARKS + 1] = versions.get(i).mask();
        }
        return EncodedRow.marked(
                versions.stream().map(Cut::ids).flatMapToInt(Arrays::stream).toArray(),
                versions.stream().map(Cut::types).flatMapToInt(Arrays::stream).toArray(),
                marks,
                longest,
                longest > maxLength);
    }

    private List<Cut> version(
            Template template, int count, List<String> texts, @Nullable List<String> texts2, int maxLength) {
        String mask = tokenizer.maskToken().repeat(count);
        List<Template.Filled> filled = IntStream.range(0, texts.size())
                .mapToObj(row -> template.fill(texts.get(row), texts2 == null ? null : texts2.get(row), mask))
                .toList();
        List<PlacedTokens> tokens =
                tokenizer.place(filled.stream().map(Template.Filled::text).toList());
        return IntStream.range(0, texts.size())
                .mapToObj(row -> cut(template, count, filled.get(row).gaps(), tokens.get(row), maxLength))
                .toList();
    }

    private Cut cut(Template template, int count, List<Template.Stretch> gaps, PlacedTokens tokens, int maxLength) {
        Template.Kind[] kinds = kinds(template, count, gaps, tokens);
        int[] kept = TemplateCut.kept(template, kinds, 0, maxLength);
        int firstMask = IntStream.range(0, kept.length)
                .filter(i -> kinds[kept[i]] == Template.Kind.MASK)
                .findFirst()
                .orElseThrow();
        return new Cut(
                Arrays.stream(kept).map(i -> tokens.ids()[i]).toArray(),
                Arrays.stream(kept).map(i -> tokens.types()[i]).toArray(),
                firstMask,
                kinds.length);
    }

    /** What each token belongs to; one that stands over the edge of a text is the template's. */
    private Template.Kind[] kinds(Template template, int count, List<Template.Stretch> gaps, PlacedTokens tokens) {
        Template.Kind[] kinds = new Template.Kind[tokens.ids().length];
        Arrays.fill(kinds, Template.Kind.LITERAL);
        int found = 0;
        for (int i = 0; i < kinds.length; i++) {
            int from = tokens.starts()[i];
            int to = tokens.ends()[i];
            for (Template.Stretch gap : gaps) {
                boolean mask = gap.kind() == Template.Kind.MASK;
                if (from < 0 || (mask && tokens.ids()[i] != tokenizer.maskId())) {
                    continue;
                }
                if (mask ? gap.touches(from, to) : gap.holds(from, to)) {
                    kinds[i] = gap.kind();
                    found += mask ? 1 : 0;
                }
            }
        }
        if (found != count) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    "model",
                    "the tokenizer makes %d tokens %s of %d in \"%s\"; it can't be used for prompts with a mask"
                            .formatted(found, tokenizer.maskToken(), count, template.source()));
        }
        return kinds;
    }
}
