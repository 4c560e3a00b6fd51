package io.tenfold.job;

/**
 * Fired inside the process that wrote an event, in the transaction that writes it: who observes it after the transaction's
 * success sees what stands.
 *
 * @param event its time is this process's
 */
public record JobTold(EventRecord event, JobFacts job) {}
