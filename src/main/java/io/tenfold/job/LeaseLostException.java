package io.tenfold.job;

/** This attempt's fence is no longer the job's: another attempt has begun, and this one must write nothing more. */
public final class LeaseLostException extends RuntimeException {

    public LeaseLostException(String jobId, int fence) {
        super("attempt %d of job %s lost its lease; another attempt goes on".formatted(fence, jobId));
    }
}
