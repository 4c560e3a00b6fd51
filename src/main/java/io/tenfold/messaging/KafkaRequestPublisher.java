package io.tenfold.messaging;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tenfold.job.JobCommand;
import io.tenfold.job.RequestPublisher;
import io.tenfold.job.TraceContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Puts what came over REST on the same topics that everybody uses. */
@ApplicationScoped
public class KafkaRequestPublisher implements RequestPublisher {

    private final RecordSender sender;
    private final TopicsConfig topics;

    KafkaRequestPublisher(RecordSender sender, TopicsConfig topics) {
        this.sender = sender;
        this.topics = topics;
    }

    @Override
    public void publish(String id, JsonNode body, @Nullable TraceContext trace) {
        send(topics.requests(), id, body, trace);
    }

    @Override
    public void publish(String id, JobCommand command) {
        JsonNode body = JsonNodeFactory.instance.objectNode().put("job_id", id).put("command", command.wire());
        send(topics.commands(), id, body, null);
    }

    private void send(String topic, String id, JsonNode body, @Nullable TraceContext trace) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                topic, id.getBytes(StandardCharsets.UTF_8), body.toString().getBytes(StandardCharsets.UTF_8));
        TraceHeaders.put(trace, record.headers());
        sender.sendAndWait(record);
    }
}
