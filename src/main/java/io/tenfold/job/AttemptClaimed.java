package io.tenfold.job;

import java.time.Instant;

/**
 * Fired inside a worker when it claims a job, in the transaction that does so.
 *
 * @param attempt the fence
 * @param at this process's time
 */
public record AttemptClaimed(String jobId, int attempt, Instant at) {}
