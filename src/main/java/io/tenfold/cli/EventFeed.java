package io.tenfold.cli;

import io.tenfold.job.CloudEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The events of some jobs as they stand on the events topic, each once and in order per job. Belongs to no consumer
 * group, so any number of people can watch, and what was told before the watching began is told again.
 */
public final class EventFeed implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(500);
    private static final int CONNECT_MILLIS = 15_000;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Set<String> jobs;
    private final Set<String> seen = new HashSet<>();
    private volatile boolean closing;

    /**
     * Begins to read.
     *
     * @param jobs whose events are wanted
     * @param since only what was told from this moment on; null: everything
     * @throws CommandProblem when the broker does not answer or the topic is not there
     */
    public EventFeed(String bootstrap, String topic, Set<String> jobs, @Nullable Instant since) {
        this.jobs = Set.copyOf(jobs);
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                        CONNECT_MILLIS),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        try {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            seek(partitions, since);
        } catch (KafkaException e) {
            consumer.close();
            throw KafkaProblem.of(bootstrap, e);
        }
    }

    private void seek(List<TopicPartition> partitions, @Nullable Instant since) {
        if (since == null) {
            consumer.seekToBeginning(partitions);
            return;
        }
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, since.toEpochMilli()));
        consumer.offsetsForTimes(times).forEach((partition, offset) -> {
            if (offset == null) {
                consumer.seekToEnd(List.of(partition));
            } else {
                consumer.seek(partition, offset.offset());
            }
        });
    }

    /** Hands events to the listener until it has had enough, or {@link #stop()}. */
    public void follow(Listener listener) {
        try {
            while (!closing) {
                for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
                    if (isWanted(message) && !tell(listener, message)) {
                        return;
                    }
                }
            }
        } catch (WakeupException e) {
            if (!closing) {
                throw e;
            }
        }
    }

    /** Ends {@link #follow} soon; from any thread. */
    public void stop() {
        closing = true;
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close();
    }

    private boolean isWanted(ConsumerRecord<byte[], byte[]> message) {
        return message.key() != null
                && message.value() != null
                && jobs.contains(new String(message.key(), StandardCharsets.UTF_8));
    }

    private boolean tell(Listener listener, ConsumerRecord<byte[], byte[]> message) {
        try {
            CloudEvent event = Json.event(message.value());
            return !seen.add(event.id()) || listener.hear(event);
        } catch (IOException e) {
            // Somebody else's record on our topic is no reason to stop watching.
            return true;
        }
    }

    /** Hears events. */
    @FunctionalInterface
    public interface Listener {
        /** Takes in the next event; false: that was enough. */
        boolean hear(CloudEvent event);
    }
}
