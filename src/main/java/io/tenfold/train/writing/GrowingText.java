package io.tenfold.train.writing;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A row's text while its tokens come. A piece is told when it is certain: bytes that may yet become a character (U+FFFD
 * stands at the end for them) and what may yet become a stop string are held back. Only the last tokens are decoded each
 * time: those whose text is known already, for a decoder may treat a text's beginning in its own way, and the new ones.
 */
final class GrowingText {

    private static final String NO_CHARACTER = "\uFFFD";

    private final Function<int[], String> decoder;
    private final List<String> stops;
    private final Consumer<String> told;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder held = new StringBuilder();
    private int[] ids = {};
    private int read;
    private String known = "";

    /**
     * Begins an empty text.
     *
     * @param decoder makes a text of token ids
     * @param stops strings that the text ends before, none empty
     * @param told hears the pieces
     */
    GrowingText(Function<int[], String> decoder, List<String> stops, Consumer<String> told) {
        this.decoder = decoder;
        this.stops = stops;
        this.told = told;
    }

    /** Adds a token; returns whether a stop string is complete, so that nothing may follow. */
    boolean add(int id) {
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = id;
        String grown = decoder.apply(ids);
        if (grown.length() <= known.length() || grown.endsWith(NO_CHARACTER)) {
            return false;
        }
        String piece = grown.substring(known.length());
        ids = Arrays.copyOfRange(ids, read, ids.length);
        read = ids.length;
        known = decoder.apply(ids);
        return stopsIn(piece);
    }

    /** Tells what was held back, for nothing follows; returns whether a stop string is complete. */
    boolean end() {
        String grown = ids.length > read ? decoder.apply(ids) : known;
        boolean stopped = grown.length() > known.length() && stopsIn(grown.substring(known.length()));
        if (!stopped) {
            tell(held.length());
        }
        return stopped;
    }

    /** What was told so far. */
    String text() {
        return text.toString();
    }

    private boolean stopsIn(String piece) {
        held.append(piece);
        int from = -1;
        int to = Integer.MAX_VALUE;
        for (String stop : stops) {
            int start = held.indexOf(stop);
            int end = start + stop.length();
            if (start >= 0 && (end < to || (end == to && start < from))) {
                from = start;
                to = end;
            }
        }
        if (from >= 0) {
            tell(from);
            return true;
        }
        tell(held.length() - undecided());
        return false;
    }

    /** How many characters at the end may be the beginning of a stop string. */
    private int undecided() {
        String end = held.toString();
        int most = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, end.length()); length > most; length--) {
                if (end.endsWith(stop.substring(0, length))) {
                    most = length;
                }
            }
        }
        return most;
    }

    private void tell(int length) {
        if (length > 0) {
            String piece = held.substring(0, length);
            held.delete(0, length);
            text.append(piece);
            told.accept(piece);
        }
    }
}
