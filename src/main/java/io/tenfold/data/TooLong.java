package io.tenfold.data;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.Suggest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What happens to a row with more tokens than {@code training.max_length}. */
public enum TooLong {
    /** The longer text loses tokens from its end until the row fits, as Transformers' {@code longest_first} does. */
    TRUNCATE,
    /** The row is left out, and counted. */
    DROP,
    /** The job fails with file, line and the tokens found. */
    FAIL;

    /** The value of {@code training.too_long}. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws JobException BAD_REQUEST for anything but {@code truncate}, {@code drop}, {@code fail} */
    public static TooLong of(String wire) {
        List<String> known = Arrays.stream(values()).map(TooLong::wire).toList();
        int at = known.indexOf(wire);
        if (at < 0) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "training.too_long",
                    "too_long is %s; it is one of %s%s"
                            .formatted(wire, String.join(", ", known), Suggest.didYouMean(wire, known)));
        }
        return values()[at];
    }
}
