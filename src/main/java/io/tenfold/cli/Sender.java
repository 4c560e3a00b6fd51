package io.tenfold.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Puts records on a topic; the key is the job's id. */
public final class Sender implements AutoCloseable {

    private static final int GIVE_UP_MILLIS = 15_000;
    private static final int ANSWER_MILLIS = 10_000;

    private final String bootstrap;
    private final KafkaProducer<String, byte[]> producer;

    public Sender(String bootstrap) {
        this.bootstrap = bootstrap;
        try {
            this.producer = new KafkaProducer<>(
                    Map.of(
                            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
                            ProducerConfig.ACKS_CONFIG, "all",
                            ProducerConfig.MAX_BLOCK_MS_CONFIG, GIVE_UP_MILLIS,
                            ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS,
                            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, GIVE_UP_MILLIS),
                    new StringSerializer(),
                    new ByteArraySerializer());
        } catch (KafkaException e) {
            throw KafkaProblem.of(bootstrap, e);
        }
    }

    /**
     * Returns when the broker has the record.
     *
     * @throws CommandProblem when it did not take it
     */
    public void send(String topic, String key, JsonNode value) {
        try {
            producer.send(new ProducerRecord<>(topic, key, Json.MAPPER.writeValueAsBytes(value)))
                    .get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandProblem(ExitStatus.INTERRUPTED, "interrupted while the record was sent");
        } catch (ExecutionException e) {
            throw KafkaProblem.of(bootstrap, e.getCause() == null ? e : e.getCause());
        } catch (KafkaException e) {
            throw KafkaProblem.of(bootstrap, e);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON: " + value, e);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
