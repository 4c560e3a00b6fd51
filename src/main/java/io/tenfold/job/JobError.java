package io.tenfold.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong, as it stands in {@code rejected} and {@code failed} events and in REST problem details.
 *
 * @param param the field or location at fault; null where there is none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobError(
        ErrorCode code, String message, @Nullable String param) {

    @JsonProperty("retryable")
    public boolean retryable() {
        return code.retryable();
    }
}
