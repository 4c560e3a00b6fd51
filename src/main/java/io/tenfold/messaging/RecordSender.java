package io.tenfold.messaging;

import io.smallrye.common.annotation.Identifier;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** The one producer: idempotent, every copy acknowledged, compressed. It connects with the first record. */
@ApplicationScoped
public class RecordSender {

    /** Shorter than a transaction may last, since the relay waits for the broker inside one. */
    private static final int DELIVERY_TIMEOUT_MILLIS = 30_000;

    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;
    private static final int METADATA_TIMEOUT_MILLIS = 10_000;
    private static final int LINGER_MILLIS = 5;
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);

    private final Map<String, Object> kafka;
    private final TopicsConfig topics;
    private final String compression;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    RecordSender(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            TopicsConfig topics,
            @ConfigProperty(name = "tenfold.kafka.compression", defaultValue = "none") String compression) {
        this.kafka = kafka;
        this.topics = topics;
        this.compression = compression;
    }

    /** Sends a record; the stage ends when the broker has it, or fails with a Kafka exception. */
    CompletionStage<Void> send(ProducerRecord<byte[], byte[]> record) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        try {
            var _ = producer().send(record, (metadata, failure) -> {
                if (failure == null) {
                    sent.complete(null);
                } else {
                    sent.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException e) {
            sent.completeExceptionally(e);
        }
        return sent;
    }

    /**
     * Returns when the broker has the record.
     *
     * @throws JobException {@code unavailable} when it did not take it in time, {@code bad_request} when it is too long
     */
    void sendAndWait(ProducerRecord<byte[], byte[]> record) {
        try {
            send(record).toCompletableFuture().join();
        } catch (CompletionException e) {
            if (isTooLong(e)) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST, null, "topic %s takes no record this long".formatted(record.topic()), e);
            }
            throw new JobException(
                    ErrorCode.UNAVAILABLE,
                    null,
                    "the broker did not take a record for topic %s: %s"
                            .formatted(record.topic(), cause(e).getMessage()),
                    e);
        }
    }

    static boolean isTooLong(Throwable e) {
        return cause(e) instanceof RecordTooLargeException;
    }

    static Throwable cause(Throwable e) {
        return Optional.ofNullable(e.getCause())
                .filter(inner -> e instanceof CompletionException)
                .orElse(e);
    }

    private synchronized KafkaProducer<byte[], byte[]> producer() {
        KafkaProducer<byte[], byte[]> existing = producer;
        if (existing == null) {
            existing = new KafkaProducer<>(settings(), new ByteArraySerializer(), new ByteArraySerializer());
            producer = existing;
        }
        return existing;
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, LINGER_MILLIS);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, topics.maxRecordBytes());
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, METADATA_TIMEOUT_MILLIS);
        return settings;
    }

    @PreDestroy
    synchronized void close() {
        if (producer != null) {
            producer.close(LONGEST_CLOSE);
        }
    }
}
