package io.tenfold.worker;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Alive while the thread of the role {@code runner} is. Asks neither Kafka nor the database: an outage restarts nobody. */
@Liveness
@ApplicationScoped
public class RunnerLiveness implements HealthCheck {

    private final RunnerLoop runner;

    RunnerLiveness(RunnerLoop runner) {
        this.runner = runner;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("runner").status(runner.lives()).build();
    }
}
