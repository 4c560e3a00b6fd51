package io.tenfold.web;

import jakarta.ws.rs.core.Application;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.info.License;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The front page of the OpenAPI document at {@code /q/openapi}. */
@OpenAPIDefinition(
        info =
                @Info(
                        title = "Tenfold",
                        version = "1",
                        description = """
                        Fine-tuning jobs over HTTP. A request that is accepted here goes to the requests topic, as if a
                        Kafka producer had sent it; what happens to the job is read from its row and its events.
                        Everything that goes wrong is answered with problem details (RFC 9457).""",
                        license = @License(name = "Apache-2.0", url = "https://www.apache.org/licenses/LICENSE-2.0")),
        tags = {
            @Tag(name = "jobs", description = "Submit and look up jobs"),
            @Tag(name = "events", description = "Follow a job"),
            @Tag(name = "commands", description = "Cancel, pause and resume a job")
        })
public class Api extends Application {}
