package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;

/** Puts requests and commands on their topics, for REST. */
public interface RequestPublisher {

    /**
     * Returns when the broker has the record.
     *
     * @throws JobException {@code unavailable} when the broker did not take it in time
     */
    void publish(String id, JsonNode body);

    /** Likewise for a command. */
    void publish(String id, JobCommand command);
}
