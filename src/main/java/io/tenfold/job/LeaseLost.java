package io.tenfold.job;

/**
 * Fired inside a worker that takes a job whose attempt stopped renewing its lease, in the transaction that does so.
 *
 * @param attempt the one that lost it
 */
public record LeaseLost(String jobId, int attempt) {}
