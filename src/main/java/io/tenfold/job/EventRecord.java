package io.tenfold.job;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;

/**
 * An event with its place in the job's story; written as JSON it is the {@code data} of the CloudEvent.
 *
 * @param seq 1, 2, 3 … per job, without gaps
 * @param attempt the fence; 0 at intake
 * @param at database time
 */
@JsonPropertyOrder({"job_id", "seq", "attempt", "at"})
public record EventRecord(
        @JsonProperty("job_id") String jobId,
        long seq,
        int attempt,
        Instant at,
        @JsonUnwrapped JobEvent event) {

    /** The CloudEvents id: {@code <job>/<seq>}. */
    @JsonIgnore
    public String id() {
        return jobId + "/" + seq;
    }
}
