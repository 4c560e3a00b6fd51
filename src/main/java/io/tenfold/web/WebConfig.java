package io.tenfold.web;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The REST door's settings. */
@ConfigMapping(prefix = "tenfold.web")
public interface WebConfig {

    /** The largest body of a request. It must fit into a Kafka record, which holds 1 MB by default. */
    @WithDefault("512K")
    MemorySize maxRequestSize();

    /** How long {@code POST /v1/jobs} waits for intake to write the row before it answers; the answer is 202 either way. */
    @WithDefault("PT2S")
    Duration rowWait();

    /** How often a client's event stream looks for new events. */
    @WithDefault("PT0.5S")
    Duration eventPollInterval();

    /** Clients that may follow events at once; the next one is answered 503. */
    @WithDefault("200")
    int maxEventStreams();

    /** A silent event stream carries a comment this often, so that proxies keep it open. */
    @WithDefault("PT15S")
    Duration keepAliveInterval();
}
