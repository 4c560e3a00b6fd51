package io.tenfold.train;

import java.util.ArrayList;
import java.util.List;

/**
 * A run of words that tags make one thing of.
 *
 * @param start its first word, from 0
 * @param end its last word
 */
public record TagSpan(String type, int start, int end) {

    /** Before the first word and after the last. */
    private static final Tag OUTSIDE = new Tag('O', "_");

    /**
     * A tag as seqeval reads it: its first character, and after that what stands behind a first hyphen. {@code B-PER} is B
     * of PER; a tag without prefix such as {@code NN} has the type N, so that a run of one such tag is a span.
     */
    private record Tag(int prefix, String type) {

        static Tag of(String tag) {
            int rest = tag.offsetByCodePoints(0, 1);
            int hyphen = tag.indexOf('-', rest);
            String type = tag.substring(hyphen < 0 ? rest : hyphen + 1);
            return new Tag(tag.codePointAt(0), type.isEmpty() ? "_" : type);
        }

        private boolean isOneOf(String prefixes) {
            return prefixes.indexOf(prefix) >= 0;
        }

        /** Whether a span that this tag is in ends before {@code next}. */
        boolean endsBefore(Tag next) {
            return isOneOf("ES")
                    || (isOneOf("BI") && next.isOneOf("BSO"))
                    || (!isOneOf("O.") && !type.equals(next.type));
        }

        /** Whether a span starts with this tag after {@code previous}. */
        boolean startsAfter(Tag previous) {
            return isOneOf("BS")
                    || (isOneOf("EI") && previous.isOneOf("ESO"))
                    || (!isOneOf("O.") && !type.equals(previous.type));
        }
    }

    /**
     * The spans of a row in any of the schemes IOB1, IOB2, IOE and IOBES, which need not be kept to: what seqeval's {@code
     * get_entities} finds.
     *
     * @param tags of the words, none empty
     */
    public static List<TagSpan> of(List<String> tags) {
        List<TagSpan> spans = new ArrayList<>();
        // Of no type: unlike any tag's.
        Tag previous = new Tag('O', "");
        int start = 0;
        for (int word = 0; word <= tags.size(); word++) {
            Tag tag = word < tags.size() ? Tag.of(tags.get(word)) : OUTSIDE;
            if (previous.endsBefore(tag)) {
                spans.add(new TagSpan(previous.type, start, word - 1));
            }
            if (tag.startsAfter(previous)) {
                start = word;
            }
            previous = tag;
        }
        return spans;
    }
}
