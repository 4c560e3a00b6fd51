package io.tenfold.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.tenfold.job.JobEvent;
import io.tenfold.job.JobState;
import io.tenfold.job.JobTold;
import io.tenfold.job.LeaseLost;
import io.tenfold.job.Role;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** How fast this process trains now, and the leases that it found lost. */
@ApplicationScoped
public class RunnerMetrics {

    private final MeterRegistry registry;
    private final Labels labels;
    private final DeviceUse device;
    private final boolean runner;
    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private volatile Progress newest = new Progress(Labels.NONE, 0, 0, 0);

    /** Of the attempt that runs; all 0 when none does. */
    private record Progress(String method, double examples, double tokens, long memory) {}

    RunnerMetrics(
            MeterRegistry registry,
            Labels labels,
            DeviceUse device,
            @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles) {
        this.registry = registry;
        this.labels = labels;
        this.device = device;
        this.runner = roles.orElse(List.of()).contains(Role.RUNNER);
    }

    void start(@Observes StartupEvent event) {
        if (!runner) {
            return;
        }
        losses();
        gauge("tenfold.device.memory", "bytes", "In use for training.", () -> newest.memory());
        gauge("tenfold.device.utilisation", null, "Share of the device that is busy, 0 to 1.", device::share);
    }

    void told(@Observes(during = TransactionPhase.AFTER_SUCCESS) JobTold told) {
        if (!runner) {
            return;
        }
        JobEvent event = told.event().event();
        if (event instanceof JobEvent.Started started) {
            device.inUse(started.device());
        } else if (event instanceof JobEvent.Progress progress) {
            String method = labels.method(told.job().method());
            if (known.add(method)) {
                speeds(method);
            }
            newest = new Progress(
                    method, progress.examplesPerSecond(), progress.tokensPerSecond(), progress.memoryBytes());
        } else if (told.event().attempt() > 0 && event.state() != JobState.RUNNING) {
            newest = new Progress(Labels.NONE, 0, 0, 0);
            device.free();
        }
    }

    void lost(@Observes(during = TransactionPhase.AFTER_SUCCESS) LeaseLost lost) {
        losses().increment();
    }

    private Counter losses() {
        return Counter.builder("tenfold.lease.losses")
                .description("Attempts that stopped renewing their lease, counted where their jobs are taken.")
                .register(registry);
    }

    private void speeds(String method) {
        gauge(
                "tenfold.examples.per.second",
                null,
                "Speed of the newest progress; 0: no such job runs.",
                () -> newest.method().equals(method) ? newest.examples() : 0,
                "method",
                method);
        gauge(
                "tenfold.tokens.per.second",
                null,
                "Likewise, in tokens.",
                () -> newest.method().equals(method) ? newest.tokens() : 0,
                "method",
                method);
    }

    private void gauge(String name, @Nullable String unit, String description, Supplier<Number> value, String... tags) {
        Gauge.builder(name, value)
                .description(description)
                .baseUnit(unit)
                .tags(tags)
                .register(registry);
    }
}
