package io.tenfold.method.prompt;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Cuts filled templates that are too long: the texts lose their last tokens, the template none. */
final class TemplateCut {

    private TemplateCut() {}

    /**
     * The places of the tokens that are kept.
     *
     * @param kinds what each token belongs to
     * @param more tokens that are to follow
     * @param maxLength of all together
     * @throws JobException bad_request where the template leaves no room for texts
     */
    static int[] kept(Template template, Template.Kind[] kinds, int more, int maxLength) {
        if (kinds.length + more <= maxLength) {
            return IntStream.range(0, kinds.length).toArray();
        }
        int first = count(kinds, Template.Kind.TEXT);
        int second = count(kinds, Template.Kind.TEXT2);
        int alone = kinds.length - first - second + more;
        int room = maxLength - alone;
        if (room < (second > 0 ? 2 : 1)) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "training.max_length",
                    "training.max_length is %d, but the template \"%s\" alone takes %d tokens; raise it, or shorten the template"
                            .formatted(maxLength, template.source(), alone));
        }
        int ofFirst = ofFirst(first, second, room);
        return kept(kinds, ofFirst, room - ofFirst);
    }

    private static int count(Template.Kind[] kinds, Template.Kind kind) {
        return (int) Arrays.stream(kinds).filter(own -> own == kind).count();
    }

    /**
     * How many tokens the first text keeps, as Transformers' {@code longest_first} has it: the longer one loses tokens until
     * both are alike, then both; the longer one, of two alike the second, keeps an odd one.
     */
    private static int ofFirst(int first, int second, int room) {
        int shorter = Math.min(first, second);
        int longer = Math.max(shorter, room - shorter);
        if (shorter + longer > room) {
            shorter = room / 2;
            longer = room - shorter;
        }
        return first > second ? longer : shorter;
    }

    private static int[] kept(Template.Kind[] kinds, int ofFirst, int ofSecond) {
        int[] left = {ofFirst, ofSecond};
        return IntStream.range(0, kinds.length)
                .filter(i -> switch (kinds[i]) {
                    case LITERAL, MASK -> true;
                    case TEXT -> left[0]-- > 0;
                    case TEXT2 -> left[1]-- > 0;
                })
                .toArray();
    }
}
