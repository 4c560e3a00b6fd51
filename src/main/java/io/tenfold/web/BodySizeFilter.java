package io.tenfold.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Refuses a body that says it is too large before a byte of it is read. It stands in front of the server's own limit
 * ({@code quarkus.http.limits.max-body-size}), which would answer 413 without a word. Bodies of unknown length are counted
 * by {@link JsonBody} while they are read.
 */
@ApplicationScoped
final class BodySizeFilter {

    /** Before everything else, the server's own limit included. */
    private static final int FIRST = 1_000;

    private final long limit;
    private final ObjectMapper json;

    BodySizeFilter(WebConfig config, ObjectMapper json) {
        this.limit = config.maxRequestSize().asLongValue();
        this.json = json;
    }

    void register(@Observes Filters filters) {
        filters.register(this::check, FIRST);
    }

    private void check(RoutingContext call) {
        long length = length(call.request().getHeader(HttpHeaders.CONTENT_LENGTH));
        if (length <= limit) {
            call.next();
            return;
        }
        // The rest of the body would have to be read to use the connection again.
        call.response()
                .setStatusCode(413)
                .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .putHeader(HttpHeaders.CONNECTION, "close")
                .end(write(tooLarge(limit)))
                .onComplete(sent -> call.request().connection().close());
    }

    static Problem tooLarge(long limit) {
        return Problem.plain(413, "the body is larger than %d bytes (tenfold.web.max-request-size)".formatted(limit));
    }

    private String write(Problem problem) {
        try {
            return json.writeValueAsString(problem);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a problem is plain text and numbers", e);
        }
    }

    private static long length(@org.jspecify.annotations.Nullable String header) {
        try {
            return header == null ? 0 : Long.parseLong(header);
        } catch (NumberFormatException e) {
            return 0; // the server itself refuses it
        }
    }
}
