package io.tenfold.messaging;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** A schema registry beside Kafka; without a URL there is none. */
@ConfigMapping(prefix = "tenfold.registry")
public interface RegistryConfig {

    /** Where Apicurio's core API lies, such as {@code http://registry:8080/apis/registry/v3}. */
    Optional<String> url();

    /** The group that the schemas are registered in. */
    @WithDefault("default")
    String group();

    /** A bearer token. */
    Optional<String> token();
}
