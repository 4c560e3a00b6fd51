package io.tenfold.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.tenfold.job.Fields;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobDirectory.JobView;
import io.tenfold.job.JobState;
import io.tenfold.job.MethodCatalog;
import io.tenfold.job.TraceContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriBuilder;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Jobs: submit one, list them, look at one. */
@Path("/v1/jobs")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "jobs")
public class JobsResource {

    private static final int PAGE = 50;
    private static final int LARGEST_PAGE = 200;

    private final Submissions submissions;
    private final JsonBody json;
    private final JobDirectory directory;
    private final MethodCatalog methods;

    JobsResource(Submissions submissions, JsonBody json, JobDirectory directory, MethodCatalog methods) {
        this.submissions = submissions;
        this.json = json;
        this.directory = directory;
        this.methods = methods;
    }

    /**
     * The answer to a request that was taken.
     *
     * @param requestSha256 SHA-256 of the body's canonical JSON
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record Submitted(
            @Schema(examples = "sst2-lora-7") String id,
            String requestSha256,
            @Schema(examples = "/v1/jobs/sst2-lora-7") URI job,

            @Schema(examples = "/v1/jobs/sst2-lora-7/events")
            URI events) {}

    /** @param next names the next page for {@code after}; left out on the last */
    @com.fasterxml.jackson.annotation.JsonInclude(com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL)
    public record Jobs(List<JobView> jobs, @Nullable String next) {}

    /** Takes a request. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Submit a job", description = """
            Checks the request and puts it on the requests topic. The id makes it safe to send again: the same id with
            the same body is one job. docs/contract/request.schema.json describes every field.""")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON,
                            schema = @Schema(type = SchemaType.OBJECT, description = "A fine-tuning request"),
                            example = Examples.REQUEST))
    @APIResponse(
            responseCode = "202",
            description = "Taken, now or before",
            headers = @Header(name = "Location", description = "The job", schema = @Schema(type = SchemaType.STRING)),
            content = @Content(schema = @Schema(implementation = Submitted.class)))
    @APIResponse(
            responseCode = "400",
            description = "What was asked is wrong; errors lists everything",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    @APIResponse(
            responseCode = "409",
            description = "The id belongs to a job with another body",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    @APIResponse(
            responseCode = "413",
            description = "The body is too large",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    @APIResponse(
            responseCode = "503",
            description = "Kafka did not take the request; send it again",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    public Response submit(
            @Parameter(hidden = true) InputStream body,
            @HeaderParam("Idempotency-Key")
                    @Parameter(
                            name = "Idempotency-Key",
                            in = ParameterIn.HEADER,
                            description = "The job's id, where the body has none")
                    @Nullable
                    String idempotencyKey,
            @HeaderParam(TraceContext.TRACEPARENT)
                    @Parameter(
                            name = TraceContext.TRACEPARENT,
                            in = ParameterIn.HEADER,
                            description = "W3C Trace Context: the trace that the job joins",
                            schema = @Schema(type = SchemaType.STRING))
                    List<String> traceparents,
            @HeaderParam(TraceContext.TRACESTATE)
                    @Parameter(
                            name = TraceContext.TRACESTATE,
                            in = ParameterIn.HEADER,
                            description = "W3C Trace Context: goes with traceparent",
                            schema = @Schema(type = SchemaType.STRING))
                    List<String> tracestates) {
        JsonNode request = json.read(body);
        var receipt = submissions.submit(request, idempotencyKey, trace(traceparents, tracestates));
        URI job = address(receipt.id());
        return Response.accepted(new Submitted(receipt.id(), receipt.requestSha256(), job, URI.create(job + "/events")))
                .location(job)
                .build();
    }

    /** Two of the first are as good as none; parts of the second belong together. */
    private static @Nullable TraceContext trace(List<String> traceparents, List<String> tracestates) {
        return traceparents.size() == 1
                ? TraceContext.of(traceparents.getFirst(), String.join(",", tracestates))
                : null;
    }

    /** Lists jobs. */
    @GET
    @Operation(summary = "List jobs, newest first", description = "Without their requests, which each job alone has.")
    @Parameter(
            name = "state",
            in = ParameterIn.QUERY,
            description = "Only jobs in this state",
            schema =
                    @Schema(
                            type = SchemaType.STRING,
                            enumeration = {"queued", "running", "paused", "succeeded", "failed", "cancelled", "rejected"
                            }))
    @Parameter(
            name = "method",
            in = ParameterIn.QUERY,
            description = "Only jobs with this method",
            example = "lora",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "Jobs in a page",
            schema = @Schema(type = SchemaType.INTEGER, minimum = "1", maximum = "200", defaultValue = "50"))
    @Parameter(
            name = "after",
            in = ParameterIn.QUERY,
            description = "The field next of the page before",
            schema = @Schema(type = SchemaType.STRING))
    @APIResponse(
            responseCode = "200",
            description = "One page",
            headers =
                    @Header(
                            name = "Link",
                            description = "The next page, with rel=\"next\"; left out on the last",
                            schema = @Schema(type = SchemaType.STRING)),
            content = @Content(schema = @Schema(implementation = Jobs.class)))
    @APIResponse(
            responseCode = "400",
            description = "What was asked is wrong; errors lists everything",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    public Response list(@Context UriInfo uri) {
        Fields query = QueryFields.of(uri.getQueryParameters());
        List<String> states =
                Arrays.stream(JobState.values()).map(JobState::wire).toList();
        String state = query.has("state") ? query.oneOf("state", states, "queued") : null;
        String method = query.has("method") ? query.oneOf("method", methods.names(), "full") : null;
        int limit = query.integer("limit", PAGE, 1, LARGEST_PAGE);
        String after = query.has("after") ? query.raw("after").asText() : null;
        QueryFields.refuse(query);
        var page = directory.list(
                new JobDirectory.Filter(state == null ? null : JobState.ofWire(state), method, limit, after));
        var response = Response.ok(new Jobs(page.jobs(), page.next()));
        if (page.next() != null) {
            URI next = uri.getRequestUriBuilder()
                    .replaceQueryParam("after", page.next())
                    .build();
            response.header("Link", "<%s>; rel=\"next\"".formatted(next));
        }
        return response.build();
    }

    /** Looks at one job. */
    @GET
    @Path("{id}")
    @Operation(summary = "Look at a job", description = "Its state, its request, its last progress and how it ended.")
    @APIResponse(
            responseCode = "200",
            description = "The job",
            content = @Content(schema = @Schema(implementation = JobView.class)))
    @APIResponse(
            responseCode = "404",
            description = "There is no such job",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    public JobView find(@PathParam("id") @Parameter(description = "The job's id", example = "sst2-lora-7") String id) {
        return directory.find(id).orElseThrow(() -> ProblemException.unknownJob(id));
    }

    static URI address(String id) {
        return UriBuilder.fromPath("/v1/jobs/{id}").build(id);
    }
}
