package io.tenfold.messaging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Any other program's view of the topics. */
public record Records(String bootstrap) {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    /** Sends a record with headers, name and value in turn, and waits for the broker. */
    void send(String topic, @Nullable String key, byte @Nullable [] value, String... headers) {
        Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "max.request.size", 16_000_000);
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            var record = new ProducerRecord<>(topic, key == null ? null : key.getBytes(UTF_8), value);
            for (int i = 0; i < headers.length; i += 2) {
                record.headers().add(headers[i], headers[i + 1].getBytes(UTF_8));
            }
            producer.send(record).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** At least so many wanted records from the topic's beginning. */
    public List<ConsumerRecord<byte[], byte[]>> read(
            String topic, int atLeast, Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(partitions(consumer, topic));
            consumer.seekToBeginning(consumer.assignment());
            long end = System.nanoTime() + PATIENCE_NANOS;
            while (found.size() < atLeast && System.nanoTime() < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    if (wanted.test(record)) {
                        found.add(record);
                    }
                });
            }
        }
        assertTrue(found.size() >= atLeast, "found %d of %d on %s".formatted(found.size(), atLeast, topic));
        return found;
    }

    /** Whether the group has committed everything that is on the topic. */
    boolean allCommitted(String topic, String group) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumerOf(group)) {
            List<TopicPartition> partitions = partitions(consumer, topic);
            var committed = consumer.committed(new HashSet<>(partitions));
            return consumer.endOffsets(partitions).entrySet().stream()
                    .allMatch(end -> end.getValue() == 0
                            || (committed.get(end.getKey()) != null
                                    && committed.get(end.getKey()).offset() >= end.getValue()));
        }
    }

    /** Whether the group has a committed position in every partition, one without a record too. */
    boolean hasPositions(String topic, String group) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumerOf(group)) {
            return consumer.committed(new HashSet<>(partitions(consumer, topic))).values().stream()
                    .allMatch(Objects::nonNull);
        }
    }

    static JsonNode json(ConsumerRecord<byte[], byte[]> record) {
        try {
            return JSON.readTree(record.value());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        return consumerOf("reader");
    }

    private KafkaConsumer<byte[], byte[]> consumerOf(String group) {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "group.id", group, "enable.auto.commit", false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer, String topic) {
        return consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }
}
