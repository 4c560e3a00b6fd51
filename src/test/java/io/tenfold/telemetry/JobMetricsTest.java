package io.tenfold.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.EventOutbox.Waiting;
import io.tenfold.job.EventsTold;
import io.tenfold.job.JobFacts;
import io.tenfold.job.Role;
import io.tenfold.method.MethodRegistry;
import io.tenfold.method.full.FullMethod;
import io.tenfold.method.partial.PartialMethod;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class JobMetricsTest {

    private static final Instant SUBMITTED = Instant.parse("2026-01-01T00:00:00Z");

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final Labels labels = new Labels(new MethodRegistry(List.of(new FullMethod(), new PartialMethod())));
    private final JobMetrics metrics =
            new JobMetrics(registry, labels, Optional.of(List.of(Role.RELAY)), Optional.empty());

    private void told(String kind, String method, Map<String, ?> data) {
        CloudEvent event = CloudEvent.of(
                "test",
                kind,
                "job",
                1,
                SUBMITTED.plusSeconds(90).toString(),
                JsonMapper.builder().build().valueToTree(data));
        metrics.told(new EventsTold(List.of(new Waiting(event, new JobFacts(method, SUBMITTED, "cuda:1", null)))));
    }

    private double events(String kind, String method, String code) {
        return registry.get("tenfold.job.events")
                .tags("kind", kind, "method", method, "code", code)
                .counter()
                .count();
    }

    @Test
    void theFirstFailureFollowsAZero() {
        metrics.start(new StartupEvent());
        for (ErrorCode code : ErrorCode.values()) {
            assertEquals(0, events("failed", "full", code.wire()));
        }
        told("failed", "full", Map.of("error", Map.of("code", "internal")));
        assertEquals(1, events("failed", "full", "internal"));
        assertEquals(0, events("failed", "partial", "internal"));
    }

    @Test
    void aMethodThatIsNoneIsOther() {
        for (int i = 0; i < 50; i++) {
            told("rejected", "made-up-" + i, Map.of("error", Map.of("code", "bad_request")));
        }
        assertEquals(50, events("rejected", "other", "bad_request"));
        assertEquals(1, registry.find("tenfold.job.events").counters().size());
    }

    @Test
    void theFirstAttemptEndsTheWait() {
        told("started", "full", Map.of("attempt", 1));
        told("started", "full", Map.of("attempt", 2));
        Timer wait =
                registry.get("tenfold.job.queue.wait").tag("method", "full").timer();
        assertEquals(1, wait.count());
        assertEquals(90, wait.totalTime(TimeUnit.SECONDS), 1e-9);
    }

    @Test
    void aSuccessTellsItsPhasesSecondsAndCost() {
        told("checkpoint", "full", Map.of("seconds", 2.5));
        told(
                "succeeded",
                "full",
                Map.of(
                        "seconds",
                        Map.of("train", 40.0, "total", 50.0),
                        "device_seconds",
                        120.0,
                        "cost",
                        0.5,
                        "currency",
                        "EUR"));
        assertEquals(2.5, registry.get("tenfold.checkpoint").timer().totalTime(TimeUnit.SECONDS), 1e-9);
        assertEquals(
                40,
                registry.get("tenfold.job.phase").tag("phase", "train").timer().totalTime(TimeUnit.SECONDS),
                1e-9);
        assertEquals(
                120,
                registry.get("tenfold.job.device.seconds")
                        .tag("device", "cuda")
                        .counter()
                        .count());
        assertEquals(
                0.5,
                registry.get("tenfold.job.cost")
                        .tag("currency", "EUR")
                        .counter()
                        .count());
    }

    @Test
    void anEventThatCanNotBeReadStopsNothing() {
        CloudEvent broken = CloudEvent.of(
                "test",
                "started",
                "job",
                1,
                "yesterday",
                JsonMapper.builder().build().valueToTree(Map.of("attempt", 1)));
        metrics.told(new EventsTold(List.of(new Waiting(broken, new JobFacts("full", SUBMITTED, null, null)))));
        told("started", "full", Map.of("attempt", 1));
        assertEquals(1, registry.get("tenfold.job.queue.wait").timer().count());
    }

    @Test
    void aDeviceIsItsKind() {
        assertEquals("cuda", Labels.device("cuda:7"));
        assertEquals("cpu", Labels.device("cpu"));
        assertEquals("other", Labels.device("tpu"));
        assertEquals("none", Labels.device(null));
        assertEquals(0.97, DeviceUse.share("97\n"));
        assertTrue(new DeviceUse().share() == 0);
    }
}
