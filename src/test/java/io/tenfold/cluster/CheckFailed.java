package io.tenfold.cluster;

import com.google.errorprone.annotations.FormatMethod;

/** What was to be seen was not. */
final class CheckFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CheckFailed(String message) {
        super(message);
    }

    /** @throws CheckFailed with the message when the condition does not hold */
    @FormatMethod
    static void unless(boolean condition, String message, Object... values) {
        if (!condition) {
            throw new CheckFailed(message.formatted(values));
        }
    }
}
