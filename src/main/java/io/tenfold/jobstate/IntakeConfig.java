package io.tenfold.jobstate;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;

/** What the door lets in. */
@ConfigMapping(prefix = "tenfold.intake")
public interface IntakeConfig {

    /** A request whose JSON is longer than this, in bytes, is rejected. */
    @WithName("max-request-bytes")
    @WithDefault("1000000")
    int maxRequestBytes();
}
