package io.tenfold.messaging;

import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * How the workers of a group share partitions: {@code consumer} (the broker decides, KIP-848, from 4.0 on) or
 * {@code classic}, where the workers keep what they have while others join or leave.
 */
@ApplicationScoped
public class GroupProtocol {

    private static final String CLASSIC = "classic";

    @Produces
    @ApplicationScoped
    @Identifier("tenfold-group")
    Map<String, Object> settings(
            @ConfigProperty(name = "tenfold.kafka.group-protocol", defaultValue = "consumer") String protocol) {
        // The consumer protocol refuses an assignor, the classic one's own default stops everybody at each change.
        return protocol.toLowerCase(Locale.ROOT).equals(CLASSIC)
                ? Map.of(
                        ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                        CLASSIC,
                        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                        CooperativeStickyAssignor.class.getName())
                : Map.of(ConsumerConfig.GROUP_PROTOCOL_CONFIG, protocol);
    }
}
