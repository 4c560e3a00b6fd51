package io.tenfold.method.compare;

import io.tenfold.job.FineTuneRequest;
import io.tenfold.train.TrainingResult.CurvePoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The page of a race: text, a table and drawings in one file, without scripts and without anything from elsewhere. */
record ReportPage(FineTuneRequest request, Race race) {

    private static final String STYLE = """
            body { font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
            table { border-collapse: collapse; width: 100%; font-size: .9rem } th, td { padding: .3rem .6rem; text-align: right }
            th { border-bottom: 2px solid #1b1f24 } td { border-bottom: 1px solid #d0d7de }
            th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left }
            tr.winner { background: #eaf6ec; font-weight: 600 } .dot { display: inline-block; width: .7em; height: .7em; border-radius: 50% }
            svg { width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: #57606a } figcaption { color: #57606a; font-size: .9rem }
            figure { margin: 2rem 0 }
            """;

    String html() {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%1$s: which method to use</title>
                <style>%2$s</style>
                <h1>%1$s: which method to use</h1>
                <p><strong>%3$s</strong> wins: %4$s (%5$s %6$s). %7$d candidates, %8$s, trained on %9$s, scored on %10$s.</p>
                %11$s
                <p>%12$s %13$s</p>
                <figure>%14$s<figcaption>Score against cost: up is better, left is cheaper. Bars are 95 %% intervals over seeds, where there are several.</figcaption></figure>
                <figure>%15$s<figcaption>Training loss of each candidate's best run, step by step. Losses of different methods need not be alike in size.</figcaption></figure>
                <p>Scores are means over the runs. Seconds are of training and evaluation on one machine, loading included. The numbers are in <code>report.json</code>.</p>
                </html>
                """.formatted(
                escaped(request.id()),
                STYLE,
                escaped(race.winner().candidate().label()),
                escaped(race.because()),
                escaped(race.metric()),
                Report.score(race.winner().mean()),
                race.ranked().size(),
                race.config().seeds() == 1 ? "one run each" : race.config().seeds() + " runs each",
                codes(Report.trained(request)),
                codes(Report.scored(request)),
                table(),
                escaped(Report.test(race)),
                escaped(Report.stopped(race)),
                scatter(),
                curves());
    }

    private static String codes(List<String> locations) {
        return locations.stream()
                .map(location -> "<code>%s</code>".formatted(escaped(location)))
                .collect(Collectors.joining(", "));
    }

    private String table() {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < race.ranked().size(); i++) {
            CandidateResult result = race.ranked().get(i);
            rows.append("""
                    <tr%s><td><span class="dot" style="background:%s"></span> %s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>
                    """.formatted(
                            race.won(result) ? " class=\"winner\"" : "",
                            Plot.colour(i),
                            escaped(result.candidate().label()),
                            escaped(result.candidate().name()),
                            Report.score(result.mean()),
                            Report.interval(result),
                            String.format(Locale.ROOT, "%.1f", result.seconds()),
                            Report.megabytes(result.peakMemory()),
                            String.format(Locale.ROOT, "%,d", result.trainable()),
                            Report.megabytes(result.bytes())));
        }
        return """
                <table><tr><th>candidate</th><th>method</th><th>%s</th><th>95 %% interval</th><th>seconds</th><th>peak memory</th><th>trained weights</th><th>artifact</th></tr>
                %s</table>""".formatted(escaped(race.metric()), rows);
    }

    private String scatter() {
        List<CandidateResult> drawn = race.ranked().stream()
                .filter(result -> Double.isFinite(result.mean()))
                .toList();
        List<Double> ys =
                new ArrayList<>(drawn.stream().map(CandidateResult::mean).toList());
        drawn.forEach(result -> {
            List<Double> interval = result.interval();
            if (interval != null) {
                ys.addAll(interval);
            }
        });
        Plot plot = new Plot(
                "seconds a run",
                race.metric(),
                drawn.stream().map(CandidateResult::seconds).toList(),
                ys,
                true);
        for (CandidateResult result : drawn) {
            int colour = race.ranked().indexOf(result);
            List<Double> interval = result.interval();
            if (interval != null) {
                plot.line(
                        colour, List.of(result.seconds(), result.seconds()), List.of(interval.get(0), interval.get(1)));
            }
            plot.point(
                    colour,
                    result.seconds(),
                    result.mean(),
                    escaped(result.candidate().label()));
        }
        return plot.svg();
    }

    private String curves() {
        List<List<CurvePoint>> curves = race.ranked().stream()
                .map(result -> result.bestRun(race.best())
                        .finish()
                        .published()
                        .result()
                        .curve())
                .toList();
        Plot plot = new Plot(
                "step",
                "training loss",
                curves.stream()
                        .flatMap(List::stream)
                        .map(point -> (double) point.step())
                        .toList(),
                curves.stream().flatMap(List::stream).map(CurvePoint::loss).toList(),
                false);
        for (int i = 0; i < curves.size(); i++) {
            plot.line(
                    i,
                    curves.get(i).stream().map(point -> (double) point.step()).toList(),
                    curves.get(i).stream().map(CurvePoint::loss).toList());
        }
        return plot.svg() + legend();
    }

    private String legend() {
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < race.ranked().size(); i++) {
            entries.add("<span class=\"dot\" style=\"background:%s\"></span> %s"
                    .formatted(
                            Plot.colour(i),
                            escaped(race.ranked().get(i).candidate().label())));
        }
        return entries.stream().collect(Collectors.joining(" &nbsp; ", "<p>", "</p>"));
    }

    /** A request's texts are a stranger's. */
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
