package io.tenfold.telemetry;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.regex.Pattern;

/**
 * Answers whoever takes OpenMetrics in it, since only that has exemplars. Quarkus gives it to those alone who ask with every
 * parameter as it writes them, and Prometheus does not.
 */
@ApplicationScoped
// The registry that Quarkus brings, which Micrometer would rather see replaced by its next one.
@SuppressWarnings("deprecation")
public class OpenMetrics {

    private static final String PATH = "/q/metrics";
    private static final String KIND = "application/openmetrics-text";
    private static final String WRITTEN = KIND + "; version=1.0.0; charset=utf-8";

    /** Micrometer writes them, and Prometheus then refuses the whole answer: exemplars are for buckets and totals. */
    private static final Pattern EXEMPLAR_OF_A_COUNT = Pattern.compile("(?m)^(\\w+_count(?:\\{.*})? \\S+) # \\{.*$");

    private static final int BEFORE_THE_ROUTES = 100;

    private final PrometheusMeterRegistry registry;

    OpenMetrics(PrometheusMeterRegistry registry) {
        this.registry = registry;
    }

    void start(@Observes Filters filters) {
        filters.register(this::answer, BEFORE_THE_ROUTES);
    }

    private void answer(RoutingContext request) {
        String accepted = request.request().getHeader(HttpHeaders.ACCEPT);
        if (accepted != null && accepted.contains(KIND) && PATH.equals(request.normalizedPath())) {
            String metrics =
                    EXEMPLAR_OF_A_COUNT.matcher(registry.scrape(WRITTEN)).replaceAll("$1");
            request.response().putHeader(HttpHeaders.CONTENT_TYPE, WRITTEN).end(metrics);
        } else {
            request.next();
        }
    }
}
