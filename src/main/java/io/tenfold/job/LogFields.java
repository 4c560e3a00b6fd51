package io.tenfold.job;

/** What log lines about a job carry beside their words. */
public final class LogFields {

    public static final String JOB = "job_id";
    public static final String ATTEMPT = "attempt";

    private LogFields() {}
}
