package io.tenfold.worker;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.CheckpointRef;
import org.jspecify.annotations.Nullable;

/**
 * One try at a job.
 *
 * @param request the body as it was accepted
 * @param requestHash SHA-256 of its canonical JSON
 * @param fence the attempt's number, 1 for the first
 * @param checkpoint where an earlier attempt stopped; null: from the beginning
 * @param worker who tries
 */
public record Attempt(
        String jobId,
        JsonNode request,
        String requestHash,
        int fence,
        @Nullable CheckpointRef checkpoint,
        String worker) {}
