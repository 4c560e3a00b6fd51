package io.tenfold.method.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.Markdown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** Tells of a race: {@code report.json}, {@code report.md}, and {@code report.html}, a page that needs no server. */
final class Report {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Report() {}

    /** Writes all three beside the winner's files. */
    static void write(Path folder, FineTuneRequest request, Race race) {
        try {
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve("report.json").toFile(), json(request, race));
            Files.writeString(folder.resolve("report.md"), markdown(request, race));
            Files.writeString(folder.resolve("report.html"), new ReportPage(request, race).html());
        } catch (IOException e) {
            throw new UncheckedIOException("the report can't be written to " + folder, e);
        }
    }

    private static ObjectNode json(FineTuneRequest request, Race race) {
        ObjectNode json = JSON.createObjectNode().put("job", request.id()).put("metric", race.metric());
        json.setAll((ObjectNode) JSON.valueToTree(race.metrics()));
        ArrayNode candidates = (ArrayNode) json.path("candidates");
        for (int i = 0; i < candidates.size(); i++) {
            CandidateResult result = race.ranked().get(i);
            ObjectNode candidate = (ObjectNode) candidates.get(i);
            candidate.set("options", result.candidate().method());
            candidate.set("training", result.candidate().training());
            ArrayNode runs = candidate.putArray("runs");
            result.runs().forEach(run -> runs.addObject()
                    .put("seed", run.runner().request().training().seed())
                    .put("score", run.score())
                    .put("seconds", run.seconds())
                    .put("best_step", run.finish().published().result().bestStep())
                    .put("steps", run.finish().published().result().steps())
                    .<ObjectNode>set(
                            "loss_curve",
                            JSON.valueToTree(run.finish().published().result().curve()))
                    .set(
                            "evaluations",
                            JSON.valueToTree(run.finish().published().result().evaluations())));
        }
        return json;
    }

    private static String markdown(FineTuneRequest request, Race race) {
        StringBuilder table = new StringBuilder();
        for (CandidateResult result : race.ranked()) {
            table.append("| %s%s | %s | %s | %s | %s | %s | %s | %s |\n"
                    .formatted(
                            Markdown.text(result.candidate().label()),
                            race.won(result) ? " **(winner)**" : "",
                            result.candidate().name(),
                            score(result.mean()),
                            interval(result),
                            String.format(Locale.ROOT, "%.1f", result.seconds()),
                            megabytes(result.peakMemory()),
                            String.format(Locale.ROOT, "%,d", result.trainable()),
                            megabytes(result.bytes())));
        }
        return """
                # %s: which method to use

                **%s** wins: %s (%s %s). %d candidates, %d run%s each, on %s, scored on %s.

                | candidate | method | %s | 95 %% interval | seconds | peak memory | trained weights | artifact |
                |---|---|---:|---|---:|---:|---:|---:|
                %s
                %s

                Scores are means over the runs; the interval is Student's over seeds, none for one run. Seconds are of training and
                evaluation on one machine. %s
                """.formatted(
                        Markdown.text(request.id()),
                        Markdown.text(race.winner().candidate().label()),
                        race.because(),
                        race.metric(),
                        score(race.winner().mean()),
                        race.ranked().size(),
                        race.config().seeds(),
                        race.config().seeds() == 1 ? "" : "s",
                        codes(trained(request)),
                        codes(scored(request)),
                        race.metric(),
                        table,
                        test(race),
                        stopped(race));
    }

    private static String codes(List<String> locations) {
        return locations.stream().map(Markdown::code).collect(Collectors.joining(", "));
    }

    /** Where the training rows lie. */
    static List<String> trained(FineTuneRequest request) {
        return request.data().tasks().stream()
                .map(FineTuneRequest.TaskData::train)
                .toList();
    }

    /** Where the rows lie that are judged by. */
    static List<String> scored(FineTuneRequest request) {
        FineTuneRequest.TaskData target = request.data().target();
        if (target != null && target.validation() != null) {
            return List.of(target.validation());
        }
        return request.data().tasks().stream()
                .map(FineTuneRequest.TaskData::validation)
                .filter(Objects::nonNull)
                .toList();
    }

    /** What the paired test says, in a sentence, or why there is none. */
    static String test(Race race) {
        PairedTest test = race.test();
        if (test == null) {
            return "There is no paired test: training.max_predictions is 0, so no rows' predictions were kept.";
        }
        return String.format(
                Locale.ROOT,
                "The best two, %s and %s: %s %+.4f apart on %d rows, p = %s in a paired permutation test, so %s.",
                test.first(),
                test.second(),
                test.of(),
                test.difference(),
                test.rows(),
                String.format(Locale.ROOT, test.p() < 0.001 ? "%.1e" : "%.3f", test.p()),
                test.p() < 0.05 ? "that is hardly chance" : "that may well be chance");
    }

    /** Which candidates were stopped early, in a sentence; empty where none was. */
    static String stopped(Race race) {
        List<CandidateResult> stopped =
                race.ranked().stream().filter(result -> !result.finished()).toList();
        return stopped.isEmpty()
                ? ""
                : stopped.stream()
                        .map(result -> String.format(
                                Locale.ROOT,
                                "%s after %.0f %%",
                                result.candidate().label(),
                                100 * result.share()))
                        .collect(Collectors.joining(", ", "Stopped early: ", " of the steps."));
    }

    static String score(double value) {
        return Double.isNaN(value) ? "not defined" : String.format(Locale.ROOT, "%.4f", value);
    }

    static String interval(CandidateResult result) {
        List<Double> interval = result.interval();
        return interval == null ? "–" : "%s to %s".formatted(score(interval.get(0)), score(interval.get(1)));
    }

    static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
    }
}
