package io.tenfold.messaging;

import io.smallrye.common.annotation.Identifier;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.IntakeLag;
import io.tenfold.job.JobException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The lag as the broker knows it. A consumer's own view ends where it stops to fetch, and it does so while the database is
 * away or nobody is there.
 */
@ApplicationScoped
public class GroupLag implements IntakeLag {

    private static final int ANSWER_MILLIS = 5_000;

    private final Map<String, Object> kafka;
    private final TopicsConfig topics;
    private final String group;

    GroupLag(
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            TopicsConfig topics,
            @ConfigProperty(name = "tenfold.kafka.group") String group) {
        this.kafka = kafka;
        this.topics = topics;
        this.group = group;
    }

    @Override
    public Map<String, Long> records() {
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        try (Admin admin = Admin.create(settings)) {
            return lag(admin);
        } catch (ExecutionException | KafkaException e) {
            throw new JobException(
                    ErrorCode.UNAVAILABLE, null, "the lag of group %s can't be read: %s".formatted(group, e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JobException(ErrorCode.UNAVAILABLE, null, "interrupted", e);
        }
    }

    private Map<String, Long> lag(Admin admin) throws ExecutionException, InterruptedException {
        List<String> names = List.of(topics.requests(), topics.commands());
        List<TopicPartition> partitions = admin.describeTopics(names).allTopicNames().get().values().stream()
                .flatMap(topic -> partitionsOf(topic).stream())
                .toList();
        Map<TopicPartition, Long> read = offsets(admin, partitions, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = offsets(admin, partitions, OffsetSpec.latest());
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get();
        committed.forEach((partition, offset) -> {
            // Of a partition that nobody has committed, all is to be read; a topic of an earlier name does not count.
            if (offset != null && read.containsKey(partition)) {
                read.merge(partition, offset.offset(), Math::max);
            }
        });
        Map<String, Long> lag = new HashMap<>();
        ends.forEach((partition, end) ->
                lag.merge(partition.topic(), Math.max(0, end - read.getOrDefault(partition, end)), Long::sum));
        return lag;
    }

    private static List<TopicPartition> partitionsOf(TopicDescription topic) {
        return topic.partitions().stream()
                .map(partition -> new TopicPartition(topic.name(), partition.partition()))
                .toList();
    }

    private static Map<TopicPartition, Long> offsets(Admin admin, List<TopicPartition> partitions, OffsetSpec which)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked =
                partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> which));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        admin.listOffsets(asked).all().get().forEach((partition, found) -> offsets.put(partition, found.offset()));
        return offsets;
    }
}
