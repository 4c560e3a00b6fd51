package io.tenfold.job;

import org.jspecify.annotations.Nullable;

/** Ends a job, or refuses a request, with a code, the field or file at fault, and a message that gives value and way out. */
public final class JobException extends RuntimeException {

    private final ErrorCode code;
    private final @Nullable String param;

    /** @param param the field ({@code training.epochs}) or location at fault; null where there is none */
    public JobException(ErrorCode code, @Nullable String param, String message) {
        this(code, param, message, null);
    }

    public JobException(ErrorCode code, @Nullable String param, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.param = param;
    }

    public ErrorCode code() {
        return code;
    }

    public @Nullable String param() {
        return param;
    }

    /** The same as a value, for events and REST. */
    public JobError error() {
        return new JobError(code, message(), param);
    }

    private String message() {
        String message = getMessage();
        return message == null ? code.wire() : message;
    }
}
