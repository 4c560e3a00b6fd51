package io.tenfold.messaging;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready when the broker answers and the topics are there. Whether the worker lives does not depend on it. */
@Readiness
@ApplicationScoped
public class KafkaReadiness implements HealthCheck {

    private static final long FRESH_NANOS = 5_000_000_000L;

    private final KafkaTopics topics;
    private HealthCheckResponse newest = HealthCheckResponse.down("kafka");
    private long lookedAt = System.nanoTime() - 2 * FRESH_NANOS;

    KafkaReadiness(KafkaTopics topics) {
        this.topics = topics;
    }

    @Override
    public synchronized HealthCheckResponse call() {
        if (System.nanoTime() - lookedAt > FRESH_NANOS) {
            newest = look();
            lookedAt = System.nanoTime();
        }
        return newest;
    }

    private HealthCheckResponse look() {
        HealthCheckResponseBuilder answer = HealthCheckResponse.named("kafka");
        if (!topics.needed()) {
            return answer.up()
                    .withData("note", "this worker's roles need no Kafka")
                    .build();
        }
        String problem = topics.look();
        return problem == null
                ? answer.up().build()
                : answer.down().withData("problem", problem).build();
    }
}
