package io.tenfold.job;

/** Fired inside a worker when it put a job into the queue, so that a runner beside it need not wait for its next look. */
public record JobsWait() {}
