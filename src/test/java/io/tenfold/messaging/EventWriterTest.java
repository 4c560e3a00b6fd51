package io.tenfold.messaging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.EventOutbox.Waiting;
import io.tenfold.job.JobException;
import io.tenfold.job.JobFacts;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

/** What becomes of events when a broker refuses some; the broker is a list here. */
class EventWriterTest {

    private static final TopicsConfig TOPICS =
            new SmallRyeConfigBuilder().withMapping(TopicsConfig.class).build().getConfigMapping(TopicsConfig.class);

    private static final JobFacts JOB = new JobFacts("lora", Instant.EPOCH, null, null);

    private final List<String> sent = new ArrayList<>();
    private RuntimeException refusal = new RecordTooLargeException("too large");

    private final EventWriter writer = new EventWriter(
            new RecordSender(Map.of(), TOPICS, "none") {
                @Override
                synchronized CompletionStage<Void> send(ProducerRecord<byte[], byte[]> record) {
                    String id = new String(record.headers().lastHeader("ce_id").value(), StandardCharsets.UTF_8);
                    if (id.startsWith("poison")) {
                        return CompletableFuture.failedFuture(refusal);
                    }
                    sent.add(id);
                    return CompletableFuture.completedFuture(null);
                }
            },
            TOPICS,
            new SchemaRegistry(RegistryServer.settings(Map.of()), TOPICS, Optional.empty()));

    private static List<Waiting> story(String job, int events) {
        List<Waiting> story = new ArrayList<>();
        for (int seq = 1; seq <= events; seq++) {
            var data = JsonNodeFactory.instance.objectNode().put("seq", seq);
            story.add(new Waiting(CloudEvent.of("test", "progress", job, seq, "2026-01-01T00:00:00Z", data), JOB));
        }
        return story;
    }

    @Test
    void anEventThatIsRefusedForGoodStopsItsOwnJobAlone() {
        assertEquals(List.of(0, 2), writer.deliver(List.of(story("poison", 3), story("well", 2))));
        assertEquals(List.of("well/1", "well/2"), sent);
        assertEquals(List.of(0), writer.deliver(List.of(story("poison", 3))));
    }

    @Test
    void aBrokerThatIsAwayIsAnOutage() {
        refusal = new TimeoutException("no answer");
        assertThrows(JobException.class, () -> writer.deliver(List.of(story("poison", 3))));
    }
}
