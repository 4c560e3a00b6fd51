package io.tenfold.worker;

import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobEvent;
import io.tenfold.train.TrainingResult;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The {@code README.md} of an artifact: what it is, how it scores, how it was trained, its loss curve. */
record ModelCard(FineTuneRequest request, JobEvent.Succeeded outcome, TrainingResult result) {

    /** At most so many points in the drawing. */
    private static final int POINTS = 40;

    String text() {
        return """
                ---
                base_model: %s
                library_name: %s
                tags: [tenfold, %s]
                ---

                # %s

                Tuned from `%s` with `%s` on `%s`.

                | | |
                |---|---|
                %s
                ## Loss

                %s
                The request is in `request.json`; every number is in `metrics.json`.
                """.formatted(
                        request.model(),
                        request.method().name().equals("full") ? "transformers" : "peft",
                        request.method().name(),
                        request.id(),
                        request.model(),
                        request.method().name(),
                        request.data().train(),
                        table(),
                        curve());
    }

    private String table() {
        StringBuilder table = new StringBuilder();
        for (Map.Entry<String, Object> metric : outcome.metrics().entrySet()) {
            if (metric.getValue() instanceof Double value) {
                row(table, metric.getKey(), String.format(Locale.ROOT, "%.4f", value));
            }
        }
        row(table, "best step", outcome.bestStep() + " of " + result.steps());
        row(table, "trainable parameters", String.format(Locale.ROOT, "%,d", outcome.trainableParameters()));
        row(table, "total parameters", String.format(Locale.ROOT, "%,d", outcome.totalParameters()));
        row(table, "examples per second", String.format(Locale.ROOT, "%.1f", outcome.examplesPerSecond()));
        row(table, "peak memory", String.format(Locale.ROOT, "%,d MiB", outcome.peakMemoryBytes() >> 20));
        row(table, "seed", Long.toString(request.training().seed()));
        return table.toString();
    }

    private static void row(StringBuilder table, String name, String value) {
        table.append("| ").append(name).append(" | ").append(value).append(" |\n");
    }

    /** A Mermaid chart: Hugging Face and GitHub draw it, and it reads as text. */
    private String curve() {
        List<TrainingResult.CurvePoint> all = result.curve();
        int every = Math.max(1, Math.ceilDiv(all.size(), POINTS));
        List<TrainingResult.CurvePoint> points = java.util.stream.IntStream.range(0, all.size())
                .filter(i -> (i + 1) % every == 0 || i == all.size() - 1)
                .mapToObj(all::get)
                .toList();
        if (points.isEmpty()) {
            return "";
        }
        String steps = points.stream().map(point -> Long.toString(point.step())).collect(Collectors.joining(", "));
        String losses = points.stream()
                .map(point -> String.format(Locale.ROOT, "%.4f", point.loss()))
                .collect(Collectors.joining(", "));
        return """
                ```mermaid
                xychart-beta
                    x-axis "step" [%s]
                    y-axis "training loss"
                    line [%s]
                ```
                """.formatted(steps, losses);
    }
}
