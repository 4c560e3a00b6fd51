package io.tenfold.data;

import java.util.Arrays;
import java.util.function.Function;

/**
 * The text of ids that come one by one. A character of several tokens comes when it is whole; what a tokenizer sets between
 * words comes out as in the whole text, because each piece is decoded behind the one before it. Not for several threads.
 */
public final class TextStream {

    private static final char BROKEN = '\uFFFD';

    /** A character has at most four bytes, so that no more than as many tokens wait for its end. */
    private static final int MOST_WAITING = 8;

    private final Function<int[], String> decode;
    private int[] ids = new int[0];
    private int before;
    private int told;

    TextStream(Function<int[], String> decode) {
        this.decode = decode;
    }

    /** What the next id adds to the text; empty while a character is not whole. */
    public String next(int id) {
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = id;
        String known = decode.apply(Arrays.copyOfRange(ids, before, told));
        String text = decode.apply(Arrays.copyOfRange(ids, before, ids.length));
        boolean broken = !text.isEmpty() && text.charAt(text.length() - 1) == BROKEN;
        if (text.length() <= known.length() || (broken && ids.length - told < MOST_WAITING)) {
            return "";
        }
        return tell(known, text);
    }

    /** What is left when no id follows; a character that never became whole is U+FFFD. */
    public String end() {
        String known = decode.apply(Arrays.copyOfRange(ids, before, told));
        String text = decode.apply(Arrays.copyOfRange(ids, before, ids.length));
        return text.length() <= known.length() ? "" : tell(known, text);
    }

    private String tell(String known, String text) {
        ids = Arrays.copyOfRange(ids, told, ids.length);
        before = 0;
        told = ids.length;
        return text.substring(known.length());
    }
}
