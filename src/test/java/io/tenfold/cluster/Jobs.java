package io.tenfold.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tenfold.localstack.LocalStack;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends requests and follows every job's events, as a system before and one behind Tenfold do. */
final class Jobs implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Set<String> LAST = Set.of("succeeded", "failed", "cancelled", "rejected");

    private static final int CHECKPOINTS = 10;
    private static final int SHORTEST_BETWEEN = 200;

    private final KafkaProducer<String, String> producer;
    private final KafkaConsumer<String, String> consumer;
    private final Map<String, NavigableMap<Integer, JsonNode>> events = new ConcurrentHashMap<>();
    private final Thread reader = Thread.ofPlatform().name("events").daemon().unstarted(this::read);
    private volatile boolean closed;

    Jobs(String bootstrap) {
        producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                new StringSerializer(),
                new StringSerializer());
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(topic("events")).stream()
                .map(one -> new TopicPartition(one.topic(), one.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        reader.start();
    }

    private static String topic(String purpose) {
        return Objects.requireNonNull(LocalStack.TOPICS.get(purpose));
    }

    private void read() {
        while (!closed) {
            consumer.poll(Duration.ofMillis(200)).forEach(message -> {
                try {
                    JsonNode event = JSON.readTree(message.value());
                    events.computeIfAbsent(message.key(), job -> new ConcurrentSkipListMap<>())
                            .put(event.path("data").path("seq").asInt(), event);
                } catch (IOException e) {
                    throw new IllegalStateException("an event is no JSON: " + message.value(), e);
                }
            });
        }
    }

    /** Such as {@code progress}. */
    static String kind(JsonNode event) {
        return event.path("type").asText().split("\\.", -1)[3];
    }

    /** Asks for some jobs of so many steps, all at once. Returns their ids. */
    List<String> send(String name, int count, int steps) {
        List<String> ids = IntStream.rangeClosed(1, count)
                .mapToObj(number -> name + "-" + number)
                .toList();
        List<Future<RecordMetadata>> sent = ids.stream()
                .map(id -> producer.send(new ProducerRecord<>(topic("requests"), id, request(id, steps))))
                .toList();
        try {
            for (Future<RecordMetadata> one : sent) {
                CheckFailed.unless(one.get().hasOffset(), "a request got no offset");
            }
        } catch (ExecutionException e) {
            throw new CheckFailed("a request was not taken: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ids;
    }

    private static String request(String id, int steps) {
        return """
                {"id": "%s", "model": "s3://models/tiny", "task": {"type": "sequence_classification"},
                 "data": {"train": "s3://data/train.csv", "validation": "s3://data/validation.csv"},
                 "method": {"name": "lora", "r": 2},
                 "training": {"epochs": 100000, "max_steps": %d, "batch_size": 8, "max_length": 16,
                              "logging_steps": 50, "eval_steps": 100000, "save_steps": %d},
                 "output": "s3://artifacts/%s"}
                """.formatted(id, steps, Math.max(SHORTEST_BETWEEN, steps / CHECKPOINTS), id);
    }

    /** What a job said so far, in its order. */
    List<JsonNode> of(String id) {
        return List.copyOf(
                events.getOrDefault(id, new ConcurrentSkipListMap<>()).values());
    }

    List<String> kinds(String id) {
        return of(id).stream().map(Jobs::kind).toList();
    }

    boolean hasEnded(String id) {
        return kinds(id).stream().anyMatch(LAST::contains);
    }

    /** The last step that a job told. */
    int step(String id) {
        return of(id).stream()
                .filter(event -> kind(event).equals("progress"))
                .mapToInt(event -> event.path("data").path("step").asInt())
                .max()
                .orElse(0);
    }

    void awaitStep(String id, int step, Duration longest) {
        Patience.await("%s at step %d".formatted(id, step), longest, () -> step(id) >= step);
    }

    /**
     * Waits for the end of all, and holds what every job promises: it succeeded, ended once, and its events count without a gap.
     */
    void awaitSuccess(Collection<String> ids, Duration longest) {
        Patience.await("the end of %d jobs".formatted(ids.size()), longest, () -> ids.stream()
                .allMatch(this::hasEnded));
        for (String id : ids) {
            List<String> kinds = kinds(id);
            CheckFailed.unless(kinds.getLast().equals("succeeded"), "%s: %s; %s", id, kinds, of(id).getLast());
            CheckFailed.unless(
                    kinds.stream().filter(LAST::contains).count() == 1, "%s ended more than once: %s", id, kinds);
            List<Integer> numbers = of(id).stream()
                    .map(event -> event.path("data").path("seq").asInt())
                    .toList();
            CheckFailed.unless(numbers.getLast() == numbers.size(), "%s has gaps in its events: %s", id, numbers);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        consumer.close();
        producer.close(Duration.ofSeconds(2));
    }
}
