package io.tenfold.telemetry;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.context.Scope;
import io.quarkus.runtime.StartupEvent;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.EventOutbox.Waiting;
import io.tenfold.job.EventsTold;
import io.tenfold.job.JobFacts;
import io.tenfold.job.Role;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Counts what the relay has published. The relay is always on, while a worker that trains may live for one job and be gone
 * before anybody asks for its numbers. Each measurement carries the job's trace as its exemplar.
 */
@ApplicationScoped
public class JobMetrics {

    private static final Logger LOG = Logger.getLogger(JobMetrics.class);

    private static final String FAILED = "failed";
    private static final String METHOD = "method";

    /** What a worker tells in {@code seconds}. */
    private static final Set<String> PHASES = Set.of("load", "train", "evaluate", "checkpoint", "publish", "total");

    private static final Duration[] WAITS = seconds(1, 5, 15, 30, 60, 120, 300, 900, 1_800, 3_600, 14_400, 43_200);
    private static final Duration[] LENGTHS =
            seconds(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 10_800, 36_000, 86_400, 259_200);
    private static final Duration[] SAVES = seconds(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320);

    private final MeterRegistry registry;
    private final Labels labels;
    private final boolean relay;
    private final Optional<String> currency;

    JobMetrics(
            MeterRegistry registry,
            Labels labels,
            @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles,
            @ConfigProperty(name = "tenfold.cost.currency") Optional<String> currency) {
        this.currency = currency;
        this.registry = registry;
        this.labels = labels;
        this.relay = roles.orElse(List.of()).contains(Role.RELAY);
    }

    /** What counts an increase, such as an alert on the first failure, needs the 0 before it. */
    void start(@Observes StartupEvent event) {
        if (relay) {
            labels.methods().forEach(this::zero);
        }
    }

    private void zero(String method) {
        for (ErrorCode code : ErrorCode.values()) {
            events(FAILED, method, code.wire());
        }
        events("rejected", method, ErrorCode.BAD_REQUEST.wire());
        for (String kind : List.of("started", "handed_over", "succeeded", "cancelled")) {
            events(kind, method, Labels.NONE);
        }
        Labels.DEVICES.forEach(device -> deviceSeconds(method, device));
        currency.ifPresent(unit -> cost(method, unit));
    }

    void told(@Observes EventsTold told) {
        for (Waiting waiting : told.events()) {
            try (Scope _ =
                    Trace.of(waiting.event().subject(), waiting.job().trace()).makeCurrent()) {
                count(waiting.event(), waiting.job());
            } catch (RuntimeException e) {
                // An event that can't be counted is published all the same.
                LOG.warnf("event %s was not counted: %s", waiting.event().id(), e);
            }
        }
    }

    private void count(CloudEvent event, JobFacts job) {
        String kind = CloudEvent.kind(event.type());
        String method = labels.method(job.method());
        JsonNode data = event.data();
        events(kind, method, data.path("error").path("code").asText(Labels.NONE))
                .increment();
        if (kind.equals("started") && data.path("attempt").asInt() == 1) {
            timer("tenfold.job.queue.wait", "From the request to the first attempt.", WAITS, METHOD, method)
                    .record(between(job.submittedAt(), Instant.parse(event.time())));
        } else if (kind.equals("checkpoint")) {
            timer("tenfold.checkpoint", "Writing and storing one checkpoint.", SAVES, METHOD, method)
                    .record(ofSeconds(data.path("seconds")));
        } else if (kind.equals("succeeded")) {
            data.path("seconds").properties().forEach(phase -> phase(method, phase.getKey(), phase.getValue()));
        }
        spent(data, method, Labels.device(job.device()));
    }

    private void phase(String method, String phase, JsonNode seconds) {
        String known = PHASES.contains(phase) ? phase : Labels.OTHER;
        timer("tenfold.job.phase", "Parts of the attempt that succeeded.", LENGTHS, METHOD, method, "phase", known)
                .record(ofSeconds(seconds));
    }

    private void spent(JsonNode data, String method, String device) {
        if (data.has("device_seconds")) {
            deviceSeconds(method, device).increment(data.path("device_seconds").asDouble());
        }
        if (data.has("cost")) {
            cost(method, data.path("currency").asText(Labels.NONE))
                    .increment(data.path("cost").asDouble());
        }
    }

    private Counter deviceSeconds(String method, String device) {
        return Counter.builder("tenfold.job.device.seconds")
                .description("How long ended jobs held a device, over all their attempts.")
                .tags(METHOD, method, "device", device)
                .register(registry);
    }

    private Counter cost(String method, String unit) {
        return Counter.builder("tenfold.job.cost")
                .description("What ended jobs cost, by the configured price.")
                .tags(METHOD, method, "currency", unit)
                .register(registry);
    }

    private Counter events(String kind, String method, String code) {
        return Counter.builder("tenfold.job.events")
                .description("Events that were published; code tells why a job failed or was rejected.")
                .tags("kind", kind, METHOD, method, "code", code)
                .register(registry);
    }

    private Timer timer(String name, String description, Duration[] buckets, String... tags) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(buckets)
                .tags(tags)
                .register(registry);
    }

    private static Duration between(Instant start, Instant end) {
        Duration length = Duration.between(start, end);
        return length.isNegative() ? Duration.ZERO : length;
    }

    private static Duration ofSeconds(JsonNode seconds) {
        return ofSeconds(Math.max(0, seconds.asDouble()));
    }

    private static Duration ofSeconds(double seconds) {
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }

    private static Duration[] seconds(double... values) {
        return Arrays.stream(values).mapToObj(JobMetrics::ofSeconds).toArray(Duration[]::new);
    }
}
