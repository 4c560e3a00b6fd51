package io.tenfold.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobError;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong, as problem details (RFC 9457). {@code type} is {@code urn:tenfold:problem:<code>} where the cause has a
 * code of ours, else {@code about:blank}: then the status says it all.
 *
 * @param errors every single thing that is wrong, with the code, the message and the field at fault
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(description = "Problem details (RFC 9457)")
public record Problem(
        @Schema(examples = "urn:tenfold:problem:bad_request")
        String type,

        @Schema(examples = "Bad Request") String title,
        @Schema(examples = "400") int status,

        @Schema(examples = "training.epoch is not a field (its value is 3); did you mean epochs?")
        String detail,

        @Schema(description = "Every single thing that is wrong") @Nullable
        List<JobError> errors) {

    /** The media type of RFC 9457. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** A status that needs no code of ours. */
    static Problem plain(int status, String detail) {
        return new Problem("about:blank", HttpStatus.title(status), status, detail, null);
    }

    /** One or more errors with codes; the first one gives type, status and detail. */
    static Problem of(List<JobError> errors) {
        JobError first = errors.getFirst();
        int status = HttpStatus.of(first.code());
        String detail = errors.size() == 1
                ? first.message()
                : "%s (and %d more, see errors)".formatted(first.message(), errors.size() - 1);
        return new Problem(
                "urn:tenfold:problem:" + first.code().wire(),
                HttpStatus.title(status),
                status,
                detail,
                List.copyOf(errors));
    }

    /** One error with a code. */
    static Problem of(ErrorCode code, @Nullable String param, String message) {
        return of(List.of(new JobError(code, message, param)));
    }
}
