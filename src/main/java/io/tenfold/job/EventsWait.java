package io.tenfold.job;

/** Fired inside a worker when it wrote an event, so that a relay beside it need not wait for its next look. */
public record EventsWait() {}
