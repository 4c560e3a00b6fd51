package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Puts requests and commands on their topics, for REST. */
public interface RequestPublisher {

    /**
     * Returns when the broker has the record.
     *
     * @param trace the caller's, which the job then joins; null where there is none
     * @throws JobException {@code unavailable} when the broker did not take it in time
     */
    void publish(String id, JsonNode body, @Nullable TraceContext trace);

    /** Likewise for a command. */
    void publish(String id, JobCommand command);
}
