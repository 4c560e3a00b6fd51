package io.tenfold.method.prompt;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text with gaps: {@code {text}}, perhaps {@code {text2}}, and {@code [MASK]}, which a label's word fills (Schick and
 * Schütze 2021, arXiv:2001.07676, section 3.1).
 *
 * @param source as the request writes it
 */
record Template(String source, List<Piece> pieces) {

    private static final String TEXT = "{text}";
    private static final String TEXT2 = "{text2}";
    private static final String MASK = "[MASK]";
    private static final Pattern GAP = Pattern.compile("\\{\\w+}|\\[MASK]");

    /** What a piece of a template is. */
    enum Kind {
        LITERAL,
        TEXT,
        TEXT2,
        MASK
    }

    /** @param literal the characters of a literal; empty for a gap */
    record Piece(Kind kind, String literal) {}

    /** A stretch of a filled template, in code points. */
    record Stretch(Kind kind, int start, int end) {
        boolean holds(int from, int to) {
            return start <= from && to <= end && from < end;
        }

        boolean touches(int from, int to) {
            return from < end && to > start;
        }
    }

    /** A template with its texts. */
    record Filled(String text, List<Stretch> gaps) {}

    Template {
        pieces = List.copyOf(pieces);
    }

    /** What is wrong with a template's text, and the way out; empty when nothing is. */
    static String problem(String source) {
        Matcher gap = GAP.matcher(source);
        while (gap.find()) {
            if (!List.of(TEXT, TEXT2, MASK).contains(gap.group())) {
                return "has %s; the placeholders are {text}, {text2} and [MASK]".formatted(gap.group());
            }
        }
        int masks = count(source, MASK);
        if (masks != 1) {
            return "has %s [MASK]; it must have one, where the label's word stands, such as \"{text} It was [MASK].\""
                    .formatted(masks == 0 ? "no" : masks);
        }
        if (count(source, TEXT) != 1) {
            return "has %s {text}; it must have one, where the row's text stands, such as \"{text} It was [MASK].\""
                    .formatted(count(source, TEXT) == 0 ? "no" : count(source, TEXT));
        }
        return count(source, TEXT2) > 1 ? "has {text2} more than once; it may have one" : "";
    }

    private static int count(String source, String part) {
        return (source.length() - source.replace(part, "").length()) / part.length();
    }

    /** A template without a {@link #problem}. */
    static Template of(String source) {
        List<Piece> pieces = new ArrayList<>();
        Matcher gap = GAP.matcher(source);
        int done = 0;
        while (gap.find()) {
            literal(pieces, source.substring(done, gap.start()));
            pieces.add(new Piece(
                    switch (gap.group()) {
                        case TEXT -> Kind.TEXT;
                        case TEXT2 -> Kind.TEXT2;
                        default -> Kind.MASK;
                    },
                    ""));
            done = gap.end();
        }
        literal(pieces, source.substring(done));
        return new Template(source, pieces);
    }

    private static void literal(List<Piece> pieces, String literal) {
        if (!literal.isEmpty()) {
            pieces.add(new Piece(Kind.LITERAL, literal));
        }
    }

    /** Whether it has a place for a row's second text. */
    boolean takesTwoTexts() {
        return pieces.stream().anyMatch(piece -> piece.kind() == Kind.TEXT2);
    }

    /**
     * Checks that it has a place for each of a row's texts. Job data were checked with the request; this is for the rows of
     * whoever predicts.
     *
     * @throws JobException bad_request
     */
    void checkTexts(boolean pairs) {
        if (takesTwoTexts() != pairs) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "text2",
                    pairs
                            ? "the prompt's template \"%s\" has no {text2}, but the rows have two texts; leave text2 out"
                                    .formatted(source)
                            : "the prompt's template \"%s\" has {text2}, but the rows have one text; give text2 for each row"
                                    .formatted(source));
        }
    }

    /** The characters between {@code [MASK]} and what is left of it: a text, or the beginning. */
    String beforeMask() {
        String literal = "";
        for (Piece piece : pieces) {
            if (piece.kind() == Kind.MASK) {
                return literal;
            }
            literal = piece.literal();
        }
        throw new IllegalStateException("a template has a mask");
    }

    /** Puts texts and masks in; a text's own braces and brackets mean nothing. */
    Filled fill(String text, @Nullable String text2, String masks) {
        StringBuilder filled = new StringBuilder();
        List<Stretch> gaps = new ArrayList<>();
        int length = 0;
        for (Piece piece : pieces) {
            String part =
                    switch (piece.kind()) {
                        case LITERAL -> piece.literal();
                        case TEXT -> text;
                        case TEXT2 -> String.valueOf(text2);
                        case MASK -> masks;
                    };
            int end = length + part.codePointCount(0, part.length());
            if (piece.kind() != Kind.LITERAL) {
                gaps.add(new Stretch(piece.kind(), length, end));
            }
            filled.append(part);
            length = end;
        }
        return new Filled(filled.toString(), gaps);
    }
}
