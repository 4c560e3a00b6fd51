package io.tenfold.job;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Who must act when something goes wrong; {@link #wire()} is the name on topics and REST. */
public enum ErrorCode {
    /** The request is wrong: its author must act. */
    BAD_REQUEST,
    /** A data file is wrong. */
    BAD_DATA,
    /** A model or artifact is wrong. */
    BAD_MODEL,
    /** The same id was used with another body, or the output belongs to another job. */
    CONFLICT,
    /** A gate of the request was not met. */
    QUALITY_GATE,
    /** The machine is too small; the message says what would fit. */
    OUT_OF_RESOURCES,
    /** A store or a service did not answer; the only code that is retried. */
    UNAVAILABLE,
    /** Three attempts died without a new checkpoint. */
    CRASH_LOOP,
    /** The request's {@code max_seconds} ran out. */
    DEADLINE,
    /** A mistake of ours. */
    INTERNAL;

    /** The name on the wire, such as {@code bad_request}. */
    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the same work may succeed later without anybody's change. */
    public boolean retryable() {
        return this == UNAVAILABLE;
    }
}
