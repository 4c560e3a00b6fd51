package io.tenfold.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tenfold.checkpoint.HubFiles;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobEvent;
import io.tenfold.job.Markdown;
import io.tenfold.job.MetricNames;
import io.tenfold.train.TrainingResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The {@code README.md} of an artifact: what it is, how it scores, how it was trained, its loss curve.
 *
 * @param artifact the folder with the method's own files
 */
record ModelCard(FineTuneRequest request, JobEvent.Succeeded outcome, TrainingResult result, Path artifact) {

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

                %s

                | | |
                |---|---|
                %s%s
                ## Loss

                %s
                The request is in `request.json`; every number is in `metrics.json`.
                """.formatted(
                        yaml(request.model()),
                        library(),
                        request.method().name(),
                        Markdown.text(request.id()),
                        origin(),
                        table(),
                        models(),
                        curve());
    }

    /** A text as YAML's front matter has it: a JSON text is YAML, too. */
    private static String yaml(String any) {
        return any.matches("[A-Za-z0-9][A-Za-z0-9:/._@+-]*[A-Za-z0-9/]")
                ? any
                : JsonNodeFactory.instance.textNode(any).toString();
    }

    /** The library that opens the files; those of a prompt without training are ours alone. */
    private String library() {
        if (HubFiles.areIn(artifact)) {
            return "adapter-transformers";
        }
        if (PeftFiles.areIn(artifact)) {
            return "peft";
        }
        return Files.exists(artifact.resolve("config.json")) ? "transformers" : "tenfold";
    }

    private String origin() {
        JsonNode options = request.method().options();
        if (options.path("extract").isObject()) {
            return "Extracted from %s, for %s; scored on %s."
                    .formatted(
                            Markdown.code(options.path("extract").path("from").asText()),
                            Markdown.code(request.model()),
                            Markdown.code(scored()));
        }
        if (options.path("merge_adapters").isObject()) {
            List<String> adapters = new ArrayList<>();
            options.path("merge_adapters")
                    .path("adapters")
                    .forEach(adapter -> adapters.add(Markdown.code(adapter.asText())));
            return "Merged from %s, for %s; scored on %s."
                    .formatted(String.join(" and ", adapters), Markdown.code(request.model()), Markdown.code(scored()));
        }
        return "%s %s with `%s` on %s."
                .formatted(
                        outcome.trainableParameters() == 0 ? "Chosen without training for" : "Tuned from",
                        Markdown.code(request.model()),
                        request.method().name(),
                        request.data().tasks().stream()
                                .map(task -> Markdown.code(task.train()))
                                .collect(Collectors.joining(", ")));
    }

    private String scored() {
        String validation = request.data().validation();
        return validation == null ? request.data().train() : validation;
    }

    private String table() {
        StringBuilder table = new StringBuilder();
        for (Map.Entry<String, Object> metric : outcome.metrics().entrySet()) {
            if (metric.getValue() instanceof Double value) {
                row(table, metric.getKey(), String.format(Locale.ROOT, "%.4f", value));
            }
        }
        scoresByTask(table);
        scoresByDomain(table);
        row(table, "best step", outcome.bestStep() + " of " + result.steps());
        row(table, "trainable parameters", String.format(Locale.ROOT, "%,d", outcome.trainableParameters()));
        row(table, "total parameters", String.format(Locale.ROOT, "%,d", outcome.totalParameters()));
        row(table, "examples per second", String.format(Locale.ROOT, "%.1f", outcome.examplesPerSecond()));
        row(table, "peak memory", String.format(Locale.ROOT, "%,d MiB", outcome.peakMemoryBytes() >> 20));
        row(table, "seed", Long.toString(request.training().seed()));
        return table.toString();
    }

    /** Each task's usual score, where there are several. */
    private void scoresByTask(StringBuilder table) {
        if (outcome.metrics().get("tasks") instanceof Map<?, ?> tasks) {
            for (FineTuneRequest.TaskData task : request.data().tasks()) {
                String metric = task.task().usualMetric();
                if (tasks.get(task.name()) instanceof Map<?, ?> own && own.get(metric) instanceof Double value) {
                    row(table, task.name() + " " + metric, String.format(Locale.ROOT, "%.4f", value));
                }
            }
        }
    }

    /** Each domain's usual score, and what came of pretraining. */
    private void scoresByDomain(StringBuilder table) {
        outcome.metrics().forEach((name, value) -> {
            for (String metric : List.of(request.task().usualMetric(), MetricNames.PERPLEXITY)) {
                if (value instanceof Map<?, ?> own && own.get(metric) instanceof Double number) {
                    row(table, name + " " + metric, String.format(Locale.ROOT, "%.4f", number));
                }
            }
        });
    }

    /** The models that the metrics lay side by side; empty where they are of one. */
    private String models() {
        StringBuilder rows = new StringBuilder();
        outcome.metrics().forEach((name, value) -> {
            if (value instanceof Map<?, ?> model && model.containsKey("parameters")) {
                rows.append("| %s | %s | %s | %s | %s |\n"
                        .formatted(
                                name.replace('_', ' '),
                                figure("%.4f", model.get("score")),
                                figure("%,d", model.get("parameters")),
                                figure("%,d", model.get("bytes")),
                                figure("%.1f", model.get("examples_per_second"))));
            }
        });
        return rows.isEmpty()
                ? ""
                : "\n| model | score | parameters | bytes of weights | examples per second |\n|---|---|---|---|---|\n"
                        + rows;
    }

    private static String figure(String format, @Nullable Object number) {
        return number == null ? "" : String.format(Locale.ROOT, format, number);
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
