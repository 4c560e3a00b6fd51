package io.tenfold.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.job.CloudEvent;

/** A job's last event in a few lines. */
final class Summary {

    private static final double PERCENT = 100;

    private Summary() {}

    /** Lines that end with a newline; empty for an event that is not the last. */
    static String of(CloudEvent event) {
        JsonNode data = event.data();
        return switch (CloudEvent.kind(event.type())) {
            case "succeeded" -> succeeded(event.subject(), data);
            case "failed" ->
                "%s failed at step %d: %s%n"
                                .formatted(
                                        event.subject(), data.path("step").asLong(), Words.ofError(data.path("error")))
                        + checkpoint(data);
            case "cancelled" ->
                "%s was cancelled at step %d%n"
                                .formatted(event.subject(), data.path("step").asLong())
                        + checkpoint(data);
            case "rejected" -> rejected(event.subject(), data);
            default -> "";
        };
    }

    private static String succeeded(String job, JsonNode data) {
        long trainable = data.path("trainable_parameters").asLong();
        long total = Math.max(1, data.path("total_parameters").asLong());
        String uri = data.path("artifact_uri").asText();
        return """
                %s is done in %.1f s: %s (best at step %d)
                  artifact    %s (%s)
                  parameters  %s trained of %s (%.2f %%)
                  training    %.1f examples/s, %s of memory at its peak
                  try it      ./tenfold predict --artifact %s --text "…"
                """.formatted(
                        job,
                        data.path("seconds").path("total").asDouble(),
                        Words.metrics(data.path("metrics")),
                        data.path("best_step").asLong(),
                        uri,
                        Words.bytes(data.path("artifact_bytes").asDouble()),
                        Words.count(trainable),
                        Words.count(total),
                        PERCENT * trainable / total,
                        data.path("examples_per_second").asDouble(),
                        Words.bytes(data.path("peak_memory_bytes").asDouble()),
                        uri);
    }

    private static String rejected(String job, JsonNode data) {
        StringBuilder words = new StringBuilder(job + " was rejected:" + System.lineSeparator());
        data.path("errors")
                .forEach(
                        error -> words.append("  ").append(Words.ofError(error)).append(System.lineSeparator()));
        return words.toString();
    }

    private static String checkpoint(JsonNode data) {
        return data.hasNonNull("checkpoint_uri")
                ? "  checkpoint  %s%n".formatted(data.path("checkpoint_uri").asText())
                : "";
    }
}
