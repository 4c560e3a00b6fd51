package io.tenfold.web;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobCommand;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobDirectory.JobView;
import io.tenfold.job.RequestPublisher;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What somebody asks of a job that is there. The command goes to its topic; the runner hears it within a second. */
@Path("/v1/jobs/{id}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "commands")
@APIResponse(
        responseCode = "202",
        description = "The command is on its topic; an event tells when it was done",
        content = @Content(schema = @Schema(implementation = CommandsResource.Ordered.class)))
@APIResponse(
        responseCode = "404",
        description = "There is no such job",
        content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
@APIResponse(
        responseCode = "409",
        description = "The job has ended already",
        content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
public class CommandsResource {

    private final JobDirectory directory;
    private final RequestPublisher publisher;

    CommandsResource(JobDirectory directory, RequestPublisher publisher) {
        this.directory = directory;
        this.publisher = publisher;
    }

    /** The answer to a command. */
    public record Ordered(String id, JobCommand command) {}

    @POST
    @Path("cancel")
    @Operation(summary = "Cancel a job", description = "It ends at its next step and keeps its newest checkpoint.")
    public Response cancel(@PathParam("id") String id) {
        return order(id, JobCommand.CANCEL);
    }

    @POST
    @Path("pause")
    @Operation(summary = "Pause a job", description = "It writes a checkpoint at its next step and frees its worker.")
    public Response pause(@PathParam("id") String id) {
        return order(id, JobCommand.PAUSE);
    }

    @POST
    @Path("resume")
    @Operation(summary = "Resume a paused job", description = "It queues again and goes on from its checkpoint.")
    public Response resume(@PathParam("id") String id) {
        return order(id, JobCommand.RESUME);
    }

    private Response order(String id, JobCommand command) {
        JobView job = directory.find(id).orElseThrow(() -> ProblemException.unknownJob(id));
        if (job.state().terminal()) {
            throw ProblemException.of(
                    ErrorCode.CONFLICT,
                    "id",
                    "job %s is %s; there is nothing left to %s"
                            .formatted(id, job.state().wire(), command.wire()));
        }
        publisher.publish(id, command);
        return Response.accepted(new Ordered(id, command)).build();
    }
}
