package io.tenfold.messaging;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import io.tenfold.job.Role;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Looks that the topics are there, makes those that are not, and says in words when it may not. */
@ApplicationScoped
public class KafkaTopics {

    private static final Logger LOG = Logger.getLogger(KafkaTopics.class);

    /** Before the channels subscribe. */
    private static final int FIRST = 10;

    private static final int ANSWER_MILLIS = 5_000;
    private static final long AGAIN_MILLIS = 5_000;

    /** A worker that starts beside its broker waits this long for the topics before its channels subscribe. */
    private static final long START_MILLIS = 10_000;

    private final Map<String, Object> kafka;
    private final TopicsConfig config;
    private final boolean needed;
    private volatile boolean stopping;
    private volatile @Nullable String problem = "not looked at yet";

    KafkaTopics(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            TopicsConfig config,
            @ConfigProperty(name = "tenfold.roles") Optional<List<Role>> roles) {
        this.kafka = kafka;
        this.config = config;
        List<Role> own = roles.orElse(List.of());
        this.needed = own.contains(Role.INTAKE) || own.contains(Role.RELAY);
    }

    void start(@Observes @Priority(FIRST) StartupEvent event) throws InterruptedException {
        if (needed) {
            Thread.ofPlatform().name("topics").daemon().start(this::untilThere).join(START_MILLIS);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
    }

    /** Whether this worker talks to Kafka at all. */
    boolean needed() {
        return needed;
    }

    private void untilThere() {
        while (!stopping && look() != null) {
            try {
                TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** What is wrong, in words; null: all topics are there. */
    synchronized @Nullable String look() {
        String before = problem;
        String now = findProblem();
        problem = now;
        if (now != null && !now.equals(before)) {
            LOG.errorf("Kafka: %s", now);
        }
        return now;
    }

    private @Nullable String findProblem() {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        try (Admin admin = Admin.create(settings)) {
            Set<String> missing = new HashSet<>(config.all());
            missing.removeAll(admin.listTopics().names().get());
            return missing.isEmpty() ? null : make(admin, missing);
        } catch (ExecutionException | KafkaException e) {
            Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            return "the broker at %s does not answer: %s"
                    .formatted(kafka.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG), cause.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private @Nullable String make(Admin admin, Set<String> missing) throws InterruptedException {
        if (!config.create()) {
            return "topics %s are missing and tenfold.topics.create is false; create them".formatted(missing);
        }
        String failed = null;
        List<NewTopic> topics = missing.stream().map(this::topic).toList();
        for (var created : admin.createTopics(topics).values().entrySet()) {
            try {
                created.getValue().get();
                LOG.infof("topic %s was made with %d partitions", created.getKey(), config.partitions());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    failed = "topic %s is missing and can't be made (%s); create it or allow this worker to"
                            .formatted(
                                    created.getKey(),
                                    e.getCause() == null ? e : e.getCause().getMessage());
                }
            }
        }
        return failed;
    }

    private NewTopic topic(String name) {
        return new NewTopic(
                        name,
                        Optional.of(config.partitions()),
                        config.replicationFactor() < 0 ? Optional.empty() : Optional.of(config.replicationFactor()))
                .configs(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, String.valueOf(config.maxRecordBytes())));
    }
}
