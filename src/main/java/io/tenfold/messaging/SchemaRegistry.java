package io.tenfold.messaging;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.tenfold.job.Role;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Puts the contract's schemas into Apicurio Registry (core API v3) where its serializers look for them: one artifact a topic,
 * called {@code <topic>-value}. The wire stays as it is; a record names its schema in a header. A registry that is away holds
 * up nothing, since no record needs it to be read.
 */
@ApplicationScoped
public class SchemaRegistry {

    /** Apicurio's header for the number of the value's schema, eight bytes. */
    static final String HEADER = "apicurio.value.contentId";

    private static final Logger LOG = Logger.getLogger(SchemaRegistry.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Before the relay, whose first events should name their schema. */
    private static final int FIRST = 20;

    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final long START_MILLIS = 5_000;
    private static final long FIRST_PAUSE_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 60_000;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;
    private static final int ERROR = 400;

    private final RegistryConfig config;
    private final TopicsConfig topics;
    private final boolean needed;
    private volatile boolean stopping;
    private volatile byte @Nullable [] eventsSchema;

    SchemaRegistry(
            RegistryConfig config,
            TopicsConfig topics,
            @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles) {
        this.config = config;
        this.topics = topics;
        List<Role> own = roles.orElse(List.of());
        this.needed = config.url().isPresent() && (own.contains(Role.INTAKE) || own.contains(Role.RELAY));
    }

    void start(@Observes @Priority(FIRST) StartupEvent event) throws InterruptedException {
        if (needed) {
            URI target = artifacts();
            Thread.ofPlatform()
                    .name("schemas")
                    .daemon()
                    .start(() -> registerAll(target))
                    .join(START_MILLIS);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
    }

    /** What a record of the events topic has in the header {@link #HEADER}; null as long as it is not known. */
    byte @Nullable [] eventsSchema() {
        return eventsSchema;
    }

    private URI artifacts() {
        String url = config.url().orElseThrow();
        try {
            return URI.create("%s/groups/%s/artifacts?ifExists=FIND_OR_CREATE_VERSION"
                    .formatted(url.replaceFirst("/+$", ""), URLEncoder.encode(config.group(), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "tenfold.registry.url is %s; give a URL, such as http://registry:8080/apis/registry/v3"
                            .formatted(url),
                    e);
        }
    }

    /** Registers schema after schema; while the registry is away it waits, what it refuses is told and left out. */
    private void registerAll(URI target) {
        Map<String, JsonNode> waiting = new LinkedHashMap<>(ContractSchemas.byTopic(topics));
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER).build()) {
            for (long pause = FIRST_PAUSE_MILLIS; !stopping; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
                try {
                    while (!waiting.isEmpty()) {
                        var next = waiting.entrySet().iterator().next();
                        register(http, target, next.getKey(), next.getValue());
                        waiting.remove(next.getKey());
                    }
                    return;
                } catch (IOException e) {
                    LOG.warnf("schemas wait %d ms: the registry at %s does not answer: %s", pause, target, e);
                    TimeUnit.MILLISECONDS.sleep(pause);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @throws IOException for what may pass */
    private void register(HttpClient http, URI target, String topic, JsonNode schema)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(target)
                .timeout(ANSWER)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(artifact(topic, schema)));
        config.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        int status = answer.statusCode();
        if (status >= SERVER_ERROR || status == TOO_MANY) {
            throw new IOException("it answered %d".formatted(status));
        }
        if (status >= ERROR) {
            LOG.errorf(
                    "the registry at %s refuses the schema of topic %s (%d): %s; change its rules, or take"
                            + " tenfold.registry.url away",
                    target, topic, status, answer.body());
            return;
        }
        JsonNode version = JSON.readTree(answer.body()).path("version");
        LOG.infof(
                "the schema of topic %s is version %s in the registry",
                topic, version.path("version").asText());
        if (topic.equals(topics.events()) && version.path("contentId").isIntegralNumber()) {
            eventsSchema = ByteBuffer.allocate(Long.BYTES)
                    .putLong(version.path("contentId").longValue())
                    .array();
        }
    }

    private static String artifact(String topic, JsonNode schema) {
        ObjectNode artifact =
                JSON.createObjectNode().put("artifactId", topic + "-value").put("artifactType", "JSON");
        artifact.putObject("firstVersion")
                .putObject("content")
                .put("content", schema.toString())
                .put("contentType", "application/json");
        return artifact.toString();
    }
}
