package io.tenfold.messaging;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.TraceContext;
import org.jspecify.annotations.Nullable;

/** What a record holds. */
sealed interface Decoded {

    /**
     * A JSON object with an id.
     *
     * @param id the body's own id, else the CloudEvents id, else the record's key
     * @param trace the trace of the producer; null where there is none that can be read
     */
    record Body(String id, JsonNode json, @Nullable TraceContext trace) implements Decoded {}

    /** Bytes that nobody can act on; {@code message} says why. */
    record Undecodable(String message) implements Decoded {}

    /** A record without a value, which compaction leaves behind. */
    record Tombstone() implements Decoded {}
}
