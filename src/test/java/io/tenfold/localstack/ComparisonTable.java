package io.tenfold.localstack;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.CloudEvent;
import io.tenfold.job.MetricNames;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Methods side by side, from the events that ended their jobs. */
final class ComparisonTable {

    private static final double MEGA = 1e6;
    private static final String ROW = "%-12s %10s %9s %12s %12s %12s %14s%n";

    private ComparisonTable() {}

    static String of(List<DemoJob> jobs, Map<String, CloudEvent> ends) {
        boolean writes = ends.values().stream()
                .anyMatch(end -> end.data().path("metrics").has(MetricNames.PERPLEXITY));
        StringBuilder table = new StringBuilder(ROW.formatted(
                "method",
                writes ? MetricNames.PERPLEXITY : "accuracy",
                "seconds",
                "peak memory",
                "trained",
                "of weights",
                "artifact"));
        for (DemoJob job : jobs) {
            CloudEvent end = Objects.requireNonNull(ends.get(job.id()), job.id());
            String method = job.request().path("method").path("name").asText();
            JsonNode data = end.data();
            table.append(
                    CloudEvent.kind(end.type()).equals("succeeded")
                            ? row(method, data)
                            : "%-12s %s: %s%n"
                                    .formatted(
                                            method,
                                            CloudEvent.kind(end.type()),
                                            data.path("error").path("message").asText()));
        }
        return table.toString();
    }

    private static String row(String method, JsonNode data) {
        return ROW.formatted(
                method,
                "%.4f".formatted(score(data.path("metrics"))),
                "%.1f".formatted(data.path("seconds").path("total").asDouble()),
                megabytes(data.path("peak_memory_bytes")),
                count(data.path("trainable_parameters")),
                count(data.path("total_parameters")),
                megabytes(data.path("artifact_bytes")));
    }

    /** Of two domains the target's, of several tasks the mean. */
    private static double score(JsonNode metrics) {
        if (metrics.has(MetricNames.PERPLEXITY)) {
            return metrics.path(MetricNames.PERPLEXITY).asDouble();
        }
        if (metrics.path("target").isObject()) {
            return metrics.at("/target/accuracy").asDouble();
        }
        return metrics.path("accuracy").asDouble(metrics.path("mean").asDouble());
    }

    private static String megabytes(JsonNode bytes) {
        return "%.1f MB".formatted(bytes.asDouble() / MEGA);
    }

    private static String count(JsonNode number) {
        return String.format(Locale.ROOT, "%,d", number.asLong());
    }
}
