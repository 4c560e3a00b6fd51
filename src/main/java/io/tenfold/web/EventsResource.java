package io.tenfold.web;

import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobState;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestStreamElementType;
import org.jspecify.annotations.Nullable;

/** A job's events: what happened so far as a list, or as a stream that ends with the job. */
@Path("/v1/jobs/{id}/events")
@Tag(name = "events")
public class EventsResource {

    /** Less wanted than JSON: a client that takes anything must not get an answer without an end. */
    private static final String ON_REQUEST = MediaType.SERVER_SENT_EVENTS + ";qs=0.5";

    private static final int PAGE = 1_000;
    private static final int LARGEST_PAGE = 10_000;
    private static final Duration RECONNECT = Duration.ofSeconds(3);

    private final JobDirectory directory;
    private final EventStream stream;

    EventsResource(JobDirectory directory, EventStream stream) {
        this.directory = directory;
        this.stream = stream;
    }

    /** What happened so far. */
    @GET
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(operationId = "events", summary = "A job's events", description = """
            The CloudEvents of the job in order, as they stand on the events topic. With Accept: text/event-stream
            (server-sent events) the answer stays open: each event comes as it happens, its id is the event's number,
            Last-Event-ID goes on after a break, and the stream ends after the event that ends the job. Asked again
            after that, the answer is 204, which tells a browser to stop.""")
    @Parameter(
            name = "after",
            in = ParameterIn.QUERY,
            description = "Only events with larger numbers",
            schema = @Schema(type = SchemaType.INTEGER, minimum = "0", defaultValue = "0"))
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "Events in one answer (not for streams)",
            schema = @Schema(type = SchemaType.INTEGER, minimum = "1", maximum = "10000", defaultValue = "1000"))
    @APIResponse(
            responseCode = "200",
            description = "Events, the first one first",
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON,
                        schema = @Schema(type = SchemaType.ARRAY, implementation = CloudEvent.class),
                        example = "[" + Examples.EVENT + "]"),
                @Content(mediaType = MediaType.SERVER_SENT_EVENTS, schema = @Schema(implementation = CloudEvent.class))
            })
    @APIResponse(
            responseCode = "404",
            description = "There is no such job",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    @APIResponse(
            responseCode = "503",
            description = "Too many clients follow jobs as streams; try again later",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    public List<CloudEvent> list(@PathParam("id") String id, @Context UriInfo uri) {
        Fields query = QueryFields.of(uri.getQueryParameters());
        int after = query.integer("after", 0, 0, Integer.MAX_VALUE);
        int limit = query.integer("limit", PAGE, 1, LARGEST_PAGE);
        QueryFields.refuse(query);
        state(id);
        return directory.events(id, after, limit);
    }

    /** What happens, as it happens. The thread goes back as soon as the job is found. */
    @GET
    @Produces(ON_REQUEST)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    @Blocking
    @Operation(hidden = true)
    public Multi<OutboundSseEvent> follow(
            @PathParam("id") String id,
            @HeaderParam("Last-Event-ID") @Nullable String lastEventId,
            @Context UriInfo uri,
            @Context Sse sse) {
        Fields query = QueryFields.of(uri.getQueryParameters());
        int after = query.integer("after", 0, 0, Integer.MAX_VALUE);
        QueryFields.refuse(query);
        long seen = lastEventId == null || lastEventId.isBlank() ? after : number(lastEventId.strip());
        if (state(id).terminal() && directory.events(id, seen, 1).isEmpty()) {
            // The one answer that stops an EventSource from connecting again.
            throw new WebApplicationException(Response.noContent().build());
        }
        return stream.follow(id, seen).onItem().transformToMultiAndConcatenate(look -> Multi.createFrom()
                .items(messages(look, sse)));
    }

    private JobState state(String id) {
        return directory.state(id).orElseThrow(() -> ProblemException.unknownJob(id));
    }

    private static Stream<OutboundSseEvent> messages(EventStream.Look look, Sse sse) {
        if (look.silent()) {
            return Stream.of(sse.newEventBuilder().comment(" keep-alive").build());
        }
        // No event name: an EventSource hears unnamed messages without knowing every kind; the type is in the event.
        return look.events().stream().map(event -> sse.newEventBuilder()
                .id(Long.toString(Sequence.of(event)))
                .reconnectDelay(RECONNECT.toMillis())
                .data(CloudEvent.class, event)
                .build());
    }

    private static long number(String lastEventId) {
        try {
            return Math.max(0, Long.parseLong(lastEventId));
        } catch (NumberFormatException e) {
            throw ProblemException.of(
                    ErrorCode.BAD_REQUEST,
                    "Last-Event-ID",
                    "Last-Event-ID is %s; it must be the number of an event".formatted(lastEventId));
        }
    }
}
