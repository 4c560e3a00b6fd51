package io.tenfold.messaging;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;

/** What the topics are called, and how those are made that are not there. */
@ConfigMapping(prefix = "tenfold.topics")
public interface TopicsConfig {

    /** Requests come in here. */
    @WithDefault("tenfold.requests")
    String requests();

    /** Commands to jobs come in here. */
    @WithDefault("tenfold.commands")
    String commands();

    /** Every step of every job goes out here. */
    @WithDefault("tenfold.events")
    String events();

    /** What can't be decoded or conflicts goes here, byte for byte. */
    @WithDefault("tenfold.requests.dlq")
    String deadLetters();

    /** Whether missing topics are made when a worker with the role intake or relay starts. */
    @WithDefault("true")
    boolean create();

    /** Partitions of a topic that is made. */
    @WithDefault("4")
    int partitions();

    /** Copies of a topic that is made; -1: what the broker has as its default. */
    @WithDefault("-1")
    short replicationFactor();

    /** The longest record, in bytes, that is sent, and that a topic which is made takes. */
    @WithDefault("16777216")
    int maxRecordBytes();

    /** All four. */
    default List<String> all() {
        return List.of(requests(), commands(), events(), deadLetters());
    }
}
