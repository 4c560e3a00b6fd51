package io.tenfold.localstack;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.CloudEvent;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a job on several models, tasks or domains found besides one score, from the event that ended it. */
final class Findings {

    private Findings() {}

    /** Empty where there is nothing to add. */
    static String of(CloudEvent end) {
        JsonNode metrics = end.data().path("metrics");
        StringBuilder found = new StringBuilder();
        for (String model : List.of("teacher", "student", "student_alone")) {
            JsonNode figures = metrics.path(model);
            if (figures.isObject()) {
                found.append(String.format(
                        Locale.ROOT,
                        "%-14s accuracy %.4f, %,12d weights, %6.1f MB, %7.1f messages a second%n",
                        model.replace('_', ' '),
                        figures.path("score").asDouble(),
                        figures.path("parameters").asLong(),
                        figures.path("bytes").asDouble() / 1e6,
                        figures.path("examples_per_second").asDouble()));
            }
        }
        for (String domain : List.of("source", "target")) {
            if (metrics.path(domain).isObject()) {
                line(found, domain, metrics.path(domain));
            }
        }
        for (Map.Entry<String, JsonNode> task : metrics.path("tasks").properties()) {
            line(found, "task " + task.getKey(), task.getValue());
        }
        if (metrics.has("forgetting")) {
            found.append(String.format(
                    Locale.ROOT,
                    "%-14s %.4f (of the first task's accuracy, by learning the second)%n",
                    "forgotten",
                    metrics.path("forgetting").asDouble()));
        }
        return found.isEmpty() ? "" : "\n" + found;
    }

    private static void line(StringBuilder found, String name, JsonNode metrics) {
        found.append(String.format(
                Locale.ROOT,
                "%-14s accuracy %.4f%n",
                name,
                metrics.path("accuracy").asDouble()));
    }
}
