package io.tenfold.messaging;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.reactive.messaging.kafka.KafkaConsumerRebalanceListener;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Commits where a partition is read from as soon as it is given to this worker, also when no record comes. Whoever counts the
 * group's lag from outside (KEDA) takes every record that a partition ever had for unread while nothing is committed, and a
 * broker forgets what was committed long ago ({@code offsets.retention.minutes}).
 */
@ApplicationScoped
@Identifier("tenfold-positions")
public class HeldPositions implements KafkaConsumerRebalanceListener {

    private static final Logger LOG = Logger.getLogger(HeldPositions.class);

    @Override
    public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
        try {
            Map<TopicPartition, OffsetAndMetadata> held = new HashMap<>();
            consumer.committed(new HashSet<>(partitions)).forEach((partition, position) -> {
                if (position != null) {
                    held.put(partition, position);
                }
            });
            // The channels read a partition from its beginning where nothing is committed.
            consumer.beginningOffsets(partitions.stream()
                            .filter(one -> !held.containsKey(one))
                            .toList())
                    .forEach((partition, offset) -> held.put(partition, new OffsetAndMetadata(offset)));
            consumer.commitSync(held);
        } catch (KafkaException e) {
            // Records are read all the same; the next assignment tries again.
            LOG.warnf("the positions of %s could not be committed: %s", partitions, e.getMessage());
        }
    }
}
