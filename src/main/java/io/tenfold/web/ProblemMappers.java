package io.tenfold.web;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns whatever ends a call early into problem details, so that a client has one shape to read. */
final class ProblemMappers {

    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);

    @ServerExceptionMapper
    Response ours(ProblemException e) {
        return answer(e.problem()).build();
    }

    @ServerExceptionMapper
    Response job(JobException e) {
        Problem problem = Problem.of(e.code(), e.param(), e.error().message());
        Response.ResponseBuilder response = answer(problem);
        if (e.code() == ErrorCode.UNAVAILABLE) {
            LOG.warnf("answering 503: %s", e.getMessage());
            response.header(HttpHeaders.RETRY_AFTER, 5);
        }
        return response.build();
    }

    /** What JAX-RS itself refuses: no such address, method, media type. Its headers (such as Allow) stay. */
    @ServerExceptionMapper
    Response framework(WebApplicationException e, UriInfo uri) {
        Response given = e.getResponse();
        int status = given.getStatus();
        if (status < 400) {
            return given;
        }
        if (status >= 500) {
            return unexpected(e);
        }
        Response.ResponseBuilder response = answer(Problem.plain(status, explain(status, uri.getPath())));
        given.getHeaders().forEach((name, values) -> {
            if (!name.equalsIgnoreCase(HttpHeaders.CONTENT_TYPE)) {
                values.forEach(value -> response.header(name, value));
            }
        });
        return response.build();
    }

    /** The message stays in the log: it may name things that are nobody's business; the reference joins the two. */
    @ServerExceptionMapper
    Response unexpected(Throwable e) {
        String reference = UUID.randomUUID().toString();
        LOG.errorf(e, "a call failed unexpectedly, reference %s", reference);
        return answer(Problem.of(
                        ErrorCode.INTERNAL,
                        null,
                        "this is a mistake of ours; the log has it under the reference " + reference))
                .build();
    }

    private static String explain(int status, String path) {
        return switch (status) {
            case 404 -> "there is nothing at %s; the addresses are listed at /q/openapi".formatted(path);
            case 405 -> "%s does not take this method; see the header Allow".formatted(path);
            case 406 -> "%s can't answer in the media type asked for by Accept".formatted(path);
            case 415 -> "%s takes application/json; see the header Content-Type".formatted(path);
            default -> HttpStatus.title(status);
        };
    }

    private static Response.ResponseBuilder answer(Problem problem) {
        return Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(problem);
    }
}
