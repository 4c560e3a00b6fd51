package io.tenfold.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.tenfold.job.JobDirectory;
import io.tenfold.job.JobDirectory.Standing;
import io.tenfold.job.JobException;
import io.tenfold.job.JobState;
import io.tenfold.job.Role;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * How many jobs and events wait, read from the rows where the role {@code relay} is. Several relays tell the same numbers:
 * whoever adds them up takes the greatest. While the database is away they are not a number.
 */
@ApplicationScoped
public class StandingMetrics {

    private static final Logger LOG = Logger.getLogger(StandingMetrics.class);

    private static final List<JobState> LIVE = List.of(JobState.QUEUED, JobState.RUNNING, JobState.PAUSED);

    /** The jobs of one label and state. */
    private record Cell(JobState state, String method) {}

    private final MeterRegistry registry;
    private final JobDirectory directory;
    private final Labels labels;
    private final boolean relay;
    private volatile @Nullable Standing standing;
    private volatile Map<Cell, Long> jobs = Map.of();

    StandingMetrics(
            MeterRegistry registry,
            JobDirectory directory,
            Labels labels,
            @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles) {
        this.registry = registry;
        this.directory = directory;
        this.labels = labels;
        this.relay = roles.orElse(List.of()).contains(Role.RELAY);
    }

    void start(@Observes StartupEvent event) {
        if (!relay) {
            return;
        }
        for (JobState state : LIVE) {
            for (String method : labels.methods()) {
                Cell cell = new Cell(state, method);
                Gauge.builder("tenfold.jobs", () -> standing == null ? Double.NaN : jobs.getOrDefault(cell, 0L))
                        .description("Jobs that wait, run or are paused.")
                        .tags("state", state.wire(), "method", method)
                        .register(registry);
            }
        }
        gauge("tenfold.queue.oldest", "seconds", "Since the oldest waiting job came.", Standing::oldestQueuedSeconds);
        gauge("tenfold.leases.overdue", null, "Running jobs whose worker is silent.", Standing::overdueLeases);
        gauge("tenfold.outbox.events", null, "Events that wait to be published.", Standing::unpublished);
        gauge(
                "tenfold.outbox.oldest",
                "seconds",
                "Since the oldest of them was written.",
                Standing::oldestUnpublishedSeconds);
    }

    private void gauge(String name, @Nullable String unit, String description, ToDoubleFunction<Standing> value) {
        Gauge.builder(name, () -> {
                    Standing now = standing;
                    return now == null ? Double.NaN : value.applyAsDouble(now);
                })
                .description(description)
                .baseUnit(unit)
                .register(registry);
    }

    @Scheduled(every = "15s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void look() {
        if (!relay) {
            return;
        }
        try {
            Standing now = directory.standing();
            jobs = now.jobs().stream()
                    .collect(Collectors.groupingBy(
                            count -> new Cell(count.state(), labels.method(count.method())),
                            Collectors.summingLong(Standing.Count::jobs)));
            standing = now;
        } catch (JobException e) {
            standing = null;
            LOG.debugf("jobs can't be counted: %s", e.getMessage());
        }
    }
}
