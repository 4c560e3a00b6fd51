package io.tenfold.job;

/** What a worker does; {@code tenfold.roles} lists it. */
public enum Role {
    /** Turns records into rows. */
    INTAKE,
    /** Publishes the events of the rows. */
    RELAY,
    /** Claims jobs and trains. */
    RUNNER
}
