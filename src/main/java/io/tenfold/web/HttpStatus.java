package io.tenfold.web;

import io.tenfold.job.ErrorCode;
import jakarta.ws.rs.core.Response.Status;

/** Which status an error code answers with, and what a status is called. */
final class HttpStatus {

    private HttpStatus() {}

    static int of(ErrorCode code) {
        return switch (code) {
            case BAD_REQUEST -> 400;
            case CONFLICT -> 409;
            case UNAVAILABLE -> 503;
            case BAD_DATA, BAD_MODEL, QUALITY_GATE, OUT_OF_RESOURCES, CRASH_LOOP, DEADLINE, INTERNAL -> 500;
        };
    }

    static String title(int status) {
        Status known = Status.fromStatusCode(status);
        return known == null ? "Status " + status : known.getReasonPhrase();
    }
}
