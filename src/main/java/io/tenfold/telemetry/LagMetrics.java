package io.tenfold.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.scheduler.Scheduled;
import io.tenfold.job.IntakeLag;
import io.tenfold.job.JobException;
import io.tenfold.job.Role;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** How far intake is behind its topics, read where the role {@code relay} is; not a number while the broker is away. */
@ApplicationScoped
public class LagMetrics {

    private static final Logger LOG = Logger.getLogger(LagMetrics.class);

    private final MeterRegistry registry;
    private final IntakeLag lag;
    private final boolean relay;
    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private volatile Map<String, Long> newest = Map.of();

    LagMetrics(
            MeterRegistry registry, IntakeLag lag, @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles) {
        this.registry = registry;
        this.lag = lag;
        this.relay = roles.orElse(List.of()).contains(Role.RELAY);
    }

    @Scheduled(every = "15s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void look() {
        if (!relay) {
            return;
        }
        try {
            newest = lag.records();
            newest.keySet().stream().filter(known::add).forEach(this::gauge);
        } catch (JobException e) {
            newest = Map.of();
            LOG.debugf("the lag is not known: %s", e.getMessage());
        }
    }

    private void gauge(String topic) {
        Gauge.builder("tenfold.intake.lag", () -> {
                    Long records = newest.get(topic);
                    return records == null ? Double.NaN : records;
                })
                .description("Records that intake has not finished.")
                .baseUnit("records")
                .tags("topic", topic)
                .register(registry);
    }
}
