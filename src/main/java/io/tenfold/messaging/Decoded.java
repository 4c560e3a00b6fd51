package io.tenfold.messaging;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** What a record holds. */
sealed interface Decoded {

    /**
     * A JSON object with an id.
     *
     * @param id the body's own id, else the CloudEvents id, else the record's key
     * @param traceparent W3C trace context; null where there is none
     */
    record Body(String id, JsonNode json, @Nullable String traceparent) implements Decoded {}

    /** Bytes that nobody can act on; {@code message} says why. */
    record Undecodable(String message) implements Decoded {}

    /** A record without a value, which compaction leaves behind. */
    record Tombstone() implements Decoded {}
}
