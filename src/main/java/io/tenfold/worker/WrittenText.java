package io.tenfold.worker;

import io.tenfold.train.writing.Ending;
import io.tenfold.train.writing.Written;

/**
 * What was written after a row.
 *
 * @param generated the text, up to the token or string that ended it
 * @param ended why there is not more: {@code end} (the model ended it), {@code stop} (a stop string), {@code length} (as many
 *     tokens as were asked for, or as the model has positions)
 */
public record WrittenText(int row, String generated, String ended) {

    static WrittenText of(int row, Written written) {
        return new WrittenText(row, written.text(), wire(written.ended()));
    }

    private static String wire(Ending ending) {
        return switch (ending) {
            case END_TOKEN -> "end";
            case STOP_STRING -> "stop";
            case MAX_TOKENS, NO_ROOM -> "length";
        };
    }
}
