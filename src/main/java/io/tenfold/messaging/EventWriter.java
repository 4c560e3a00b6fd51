package io.tenfold.messaging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.EventOutbox;
import io.tenfold.job.EventOutbox.Waiting;
import io.tenfold.job.JobException;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Puts events on their topic as structured CloudEvents. A job's event is sent when the one before it is acknowledged, so a
 * failure never leaves a later event ahead of an earlier one; jobs go side by side.
 */
@ApplicationScoped
public class EventWriter implements EventOutbox.Publisher {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final byte[] STRUCTURED =
            "application/cloudevents+json; charset=UTF-8".getBytes(StandardCharsets.UTF_8);

    private static final Logger LOG = Logger.getLogger(EventWriter.class);

    /** With the longest wait for one record, less than the minute that the relay's transaction may last. */
    private static final long LONGEST_NANOS = 15_000_000_000L;

    private static final long SAY_AGAIN_NANOS = 600_000_000_000L;

    private final RecordSender sender;
    private final TopicsConfig topics;
    private final SchemaRegistry registry;

    /** Events that the topic takes never, and when that was said. */
    private final Map<String, Long> refused = new ConcurrentHashMap<>();

    /** The producer's own thread must not wait for room in the producer's buffer. */
    private final Executor offTheProducersThread = Thread::startVirtualThread;

    EventWriter(RecordSender sender, TopicsConfig topics, SchemaRegistry registry) {
        this.sender = sender;
        this.topics = topics;
        this.registry = registry;
    }

    /** @throws JobException {@code unavailable} when the broker took none of them and refused none for good */
    @Override
    public List<Integer> deliver(List<List<Waiting>> stories) {
        Delivery delivery = new Delivery(System.nanoTime() + LONGEST_NANOS);
        List<CompletableFuture<Integer>> running =
                stories.stream().map(story -> tell(story, 0, delivery)).toList();
        List<Integer> delivered = running.stream().map(CompletableFuture::join).toList();
        Throwable cause = delivery.failure.get();
        if (cause != null && delivered.stream().allMatch(count -> count == 0)) {
            throw new JobException(
                    ErrorCode.UNAVAILABLE,
                    null,
                    "the broker took no event: " + RecordSender.cause(cause).getMessage(),
                    cause);
        }
        return delivered;
    }

    /** One call of {@link #deliver}: when it begins nothing more, and the first failure that may pass. */
    private static final class Delivery {
        private final long deadline;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Delivery(long deadline) {
            this.deadline = deadline;
        }

        boolean isOver() {
            return System.nanoTime() - deadline > 0;
        }
    }

    /** Sends the events from {@code next} on, one after another; the future holds how many of all were delivered. */
    private CompletableFuture<Integer> tell(List<Waiting> story, int next, Delivery delivery) {
        if (next == story.size() || delivery.isOver()) {
            return CompletableFuture.completedFuture(next);
        }
        CloudEvent event = story.get(next).event();
        CompletionStage<Integer> rest = sender.send(recordOf(story.get(next)))
                .handleAsync(
                        (nothing, e) -> {
                            if (e == null) {
                                return tell(story, next + 1, delivery);
                            }
                            noteFailure(event, e, delivery);
                            return CompletableFuture.completedFuture(next);
                        },
                        offTheProducersThread)
                .thenCompose(stage -> stage);
        return rest.toCompletableFuture();
    }

    /** What is too long for the topic will be so tomorrow: it holds up its own job's events and nobody else's. */
    private void noteFailure(CloudEvent event, Throwable e, Delivery delivery) {
        if (!RecordSender.isTooLong(e)) {
            delivery.failure.compareAndSet(null, e);
            return;
        }
        long now = System.nanoTime();
        Long before = refused.get(event.id());
        if (before == null || now - before > SAY_AGAIN_NANOS) {
            refused.put(event.id(), now);
            LOG.errorf(
                    "topic %s refuses event %s (%s): %s; raise the topic's max.message.bytes, the events after it wait",
                    topics.events(),
                    event.id(),
                    event.type(),
                    RecordSender.cause(e).getMessage());
        }
    }

    private ProducerRecord<byte[], byte[]> recordOf(Waiting waiting) {
        CloudEvent event = waiting.event();
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topics.events(), event.subject().getBytes(StandardCharsets.UTF_8), bytes(event));
        record.headers()
                .add("content-type", STRUCTURED)
                .add("ce_id", event.id().getBytes(StandardCharsets.UTF_8))
                .add("ce_type", event.type().getBytes(StandardCharsets.UTF_8));
        TraceHeaders.put(waiting.job().trace(), record.headers());
        byte[] schema = registry.eventsSchema();
        if (schema != null) {
            record.headers().add(SchemaRegistry.HEADER, schema);
        }
        return record;
    }

    private static byte[] bytes(CloudEvent event) {
        try {
            return JSON.writeValueAsBytes(event);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event can't be written as JSON: " + event.id(), e);
        }
    }
}
