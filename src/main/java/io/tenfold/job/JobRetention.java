package io.tenfold.job;

import java.time.Duration;

/** Rows of jobs that ended long ago. */
public interface JobRetention {

    /** How long after its end a job's row stays. */
    Duration kept();

    /** Removes jobs that ended longer ago than that, with their events, and old commands; says how many jobs. */
    int forgetOld();
}
