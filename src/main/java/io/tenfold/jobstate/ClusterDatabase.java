package io.tenfold.jobstate;

import io.quarkus.flyway.FlywayConfigurationCustomizer;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Refuses H2 in a cluster. A pod's own database dies with the pod, its rows with it, and no other pod ever sees them: such an
 * installation seems to work until the first restart. Asked before the first connection is made.
 */
@ApplicationScoped
public class ClusterDatabase implements FlywayConfigurationCustomizer {

    private static final String H2 = "jdbc:h2:";

    private final boolean cluster;
    private final String url;

    @Inject
    ClusterDatabase(
            @ConfigProperty(name = "tenfold.cluster") Optional<Boolean> cluster,
            @ConfigProperty(name = "quarkus.datasource.jdbc.url") Optional<String> url) {
        this(cluster, url, System.getenv("KUBERNETES_SERVICE_HOST"));
    }

    ClusterDatabase(Optional<Boolean> cluster, Optional<String> url, @Nullable String kubernetes) {
        this.cluster = cluster.orElse(kubernetes != null && !kubernetes.isEmpty());
        this.url = url.orElse("");
    }

    @Override
    public void customize(FluentConfiguration configuration) {
        check();
    }

    /** @throws IllegalStateException when this is a cluster and the database is H2 */
    void check() {
        if (cluster && url.startsWith(H2)) {
            throw new IllegalStateException(
                    ("quarkus.datasource.jdbc.url is %s, a database that dies with its pod; in a"
                                    + " cluster give jdbc:postgresql://host/name (QUARKUS_DATASOURCE_JDBC_URL). If this is no"
                                    + " cluster, set tenfold.cluster to false")
                            .formatted(url));
        }
    }
}
