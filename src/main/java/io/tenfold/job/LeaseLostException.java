package io.tenfold.job;

/**
 * This attempt must write nothing more: its fence is no longer the job's because another attempt has begun, or it was cut
 * off from the rows for so long that another one must.
 */
public final class LeaseLostException extends RuntimeException {

    public LeaseLostException(String jobId, int fence) {
        super("attempt %d of job %s lost its lease; another attempt goes on".formatted(fence, jobId));
    }

    /** @param cause why the rows could not be reached */
    public LeaseLostException(String jobId, int fence, Throwable cause) {
        super(
                "attempt %d of job %s gives up, another attempt goes on: %s"
                        .formatted(fence, jobId, cause.getMessage()),
                cause);
    }
}
