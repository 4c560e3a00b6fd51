package io.tenfold.cli;

import io.tenfold.worker.Manner;
import io.tenfold.worker.Opened;
import io.tenfold.worker.Predictor;
import io.tenfold.worker.Predictor.NamedArtifact;
import io.tenfold.worker.Predictor.Prediction;
import io.tenfold.worker.Predictor.TextRow;
import io.tenfold.worker.TagPrediction;
import io.tenfold.worker.TextRows;
import io.tenfold.worker.WrittenText;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Labels texts with artifacts, or lets them write, as a user of them would. */
@Command(
        name = "predict",
        mixinStandardHelpOptions = true,
        description = {
            "Loads an artifact, or several on one base, or a whole model, and prints label, score and logits of each row;",
            "of language models the text that they write after it.",
            "Plain paths are taken from the working directory."
        },
        footer = {
            "",
            "Examples:",
            "  ./tenfold predict --artifact out --text \"it never arrived\" --text \"the lamp is broken\"",
            "  ./tenfold predict --artifact s3://artifacts/support-lora --input rows.csv --output labelled.jsonl",
            "  ./tenfold predict --artifact a=out-a --artifact b=out-b --use b --text \"it never arrived\"",
            "  ./tenfold predict --artifact out-1 --artifact out-2 --average --input rows.csv",
            "  ./tenfold predict --model folder --input pairs.tsv --text2-column text2",
            "  ./tenfold predict --artifact out --text \"What is the capital of France?\" --temperature 0.7 --top-p 0.9",
            "  ./tenfold predict --model folder --raw --text \"Once upon a time\" --max-new-tokens 200 --stop \".\""
        })
class PredictCommand implements Callable<Integer>, NeedsQuarkus {

    private static final Pattern NAMED = Pattern.compile("([A-Za-z0-9][A-Za-z0-9_.-]*)=(.+)");

    @Option(
            names = "--artifact",
            paramLabel = "[NAME=]URI",
            description = "what a job published: its output or an attempt in it; may be given several times")
    List<String> artifacts = new ArrayList<>();

    @Option(
            names = "--model",
            paramLabel = "URI",
            description = "the base model in place of the one the artifacts name; alone: a whole model")
    @Nullable
    String model;

    @Option(
            names = "--use",
            paramLabel = "NAME",
            description = "the artifact that labels the rows (default: the first, or the average)")
    @Nullable
    String use;

    @Option(names = "--task", paramLabel = "NAME", description = "the task, of artifacts that have several")
    @Nullable
    String task;

    @Option(names = "--domain", paramLabel = "NAME", description = "the domain, of artifacts that have several")
    @Nullable
    String domain;

    @Option(
            names = "--average",
            paramLabel = "WEIGHTS",
            arity = "0..1",
            fallbackValue = "",
            description = {
                "label with the average of all artifacts, tensor by tensor, heads included; they must be of one method, one shape and one base",
                "WEIGHTS, such as 3,1: what each counts, in their order (default: all alike)"
            })
    @Nullable
    String average;

    @Option(
            names = "--text",
            description = {
                "a row; may be given several times; for artifacts that tag words it is split at white space;",
                "for language models what a user says, or without a chat template the text that is written on"
            })
    List<String> texts = new ArrayList<>();

    @Option(names = "--text2", description = "the second text of the row, for tasks on two texts")
    List<String> texts2 = new ArrayList<>();

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = {
                "rows: csv, tsv, jsonl, json or parquet with a column named text;",
                "for artifacts that tag words jsonl, json or parquet with a list named tokens, or conll;",
                "for those that write text a column named text, prompt, messages, conversations or instruction"
            })
    @Nullable
    String input;

    @Option(names = "--text2-column", paramLabel = "NAME", description = "the input's column with the second text")
    @Nullable
    String text2Column;

    @Option(
            names = "--use-column",
            paramLabel = "NAME",
            description = "the input's column that names each row's artifact")
    @Nullable
    String useColumn;

    @Mixin
    WritingOptions writing = new WritingOptions();

    @Option(names = "--output", paramLabel = "FILE", description = "write JSON Lines here in place of stdout")
    @Nullable
    Path output;

    @Option(names = "--json", description = "JSON Lines on stdout")
    boolean json;

    @Option(names = "--threads", paramLabel = "N", description = "threads for tensors (default: one for each core)")
    @Nullable
    Integer threads;

    @Inject
    Predictor predictor;

    @Inject
    TextRows files;

    @Override
    public Map<String, String> settingsBeforeStart() {
        if (artifacts.isEmpty() && model == null) {
            throw CommandProblem.wrongRequest("give --artifact or --model; 'predict --help' has examples");
        }
        if (texts.isEmpty() == (input == null)) {
            throw CommandProblem.wrongRequest("give either --text or --input");
        }
        if (!texts2.isEmpty() && texts2.size() != texts.size()) {
            throw CommandProblem.wrongRequest("--text is given %d times and --text2 %d times; give one for each"
                    .formatted(texts.size(), texts2.size()));
        }
        if (input == null && (useColumn != null || text2Column != null)) {
            throw CommandProblem.wrongRequest("%s names a column of --input, and --text is given; use %s"
                    .formatted(
                            useColumn != null ? "--use-column" : "--text2-column",
                            useColumn != null ? "--use" : "--text2"));
        }
        if (task != null && domain != null) {
            throw CommandProblem.wrongRequest(
                    "--task %s and --domain %s are given; an artifact has several of the one or the other"
                            .formatted(task, domain));
        }
        averaging();
        writing.manner();
        Map<String, String> settings = new HashMap<>(NeedsQuarkus.toolProfile());
        NeedsQuarkus.threads(threads).ifPresent(count -> settings.put("tenfold.threads", count));
        return settings;
    }

    @Override
    public Integer call() throws IOException {
        Path here = Path.of("");
        String base = model == null ? null : LocalPaths.resolve(model, here);
        try (Opened opened = predictor.open(namedArtifacts(here), base, averaging(), task == null ? domain : task)) {
            Opened.Kind kind = opened.kind();
            refuseUnfit(kind);
            List<TextRow> rows = input == null ? typedRows() : fileRows(LocalPaths.resolve(input, here), kind);
            BiConsumer<PrintStream, Boolean> results =
                    switch (kind) {
                        case LABELS -> labels(opened, rows);
                        case TAGS -> tags(opened, rows);
                        case TEXTS -> texts(opened, rows);
                    };
            if (output == null) {
                results.accept(System.out, json);
            } else {
                try (PrintStream file = new PrintStream(Files.newOutputStream(output), false, StandardCharsets.UTF_8)) {
                    results.accept(file, true);
                }
            }
        }
        return ExitStatus.DONE;
    }

    private static BiConsumer<PrintStream, Boolean> labels(Opened opened, List<TextRow> rows) {
        List<Prediction> predictions = opened.predict(rows);
        return (out, lines) -> LabelOutput.print(out, rows, predictions, lines);
    }

    private static BiConsumer<PrintStream, Boolean> tags(Opened opened, List<TextRow> rows) {
        List<TagPrediction> predictions = opened.tag(rows);
        return (out, lines) -> TagOutput.print(out, predictions, lines);
    }

    private BiConsumer<PrintStream, Boolean> texts(Opened opened, List<TextRow> rows) {
        Manner manner = writing.manner();
        if (rows.size() == 1 && output == null && !json) {
            return (out, _) -> WrittenOutput.stream(out, opened, rows.getFirst(), manner);
        }
        List<WrittenText> texts = WrittenOutput.of(opened, rows, manner);
        return (out, lines) -> WrittenOutput.print(out, rows, texts, lines);
    }

    /** Options that mean nothing for artifacts of this kind. */
    private void refuseUnfit(Opened.Kind kind) {
        List<String> unfit = kind != Opened.Kind.TEXTS
                ? writing.given()
                : Stream.of(texts2.isEmpty() ? "" : "--text2", text2Column == null ? "" : "--text2-column")
                        .filter(name -> !name.isEmpty())
                        .toList();
        if (!unfit.isEmpty()) {
            throw CommandProblem.wrongRequest("%s is given, but %s %s; leave it out"
                    .formatted(unfit.getFirst(), artifacts.isEmpty() ? model : artifacts.getFirst(), kind.does()));
        }
    }

    private List<TextRow> fileRows(String location, Opened.Kind kind) {
        if (kind == Opened.Kind.TEXTS) {
            return files.readPrompts(location, useColumn, use);
        }
        boolean tagging = kind == Opened.Kind.TAGS;
        if (tagging && (useColumn != null || text2Column != null)) {
            throw CommandProblem.wrongRequest("%s names a column, but rows of words have tokens alone; %s"
                    .formatted(
                            useColumn != null ? "--use-column" : "--text2-column",
                            useColumn != null ? "use --use" : "leave it out"));
        }
        return tagging ? files.readWords(location, use) : files.read(location, text2Column, useColumn, use);
    }

    private Predictor.@Nullable Averaging averaging() {
        if (average == null) {
            return null;
        }
        if (artifacts.size() < 2) {
            throw CommandProblem.wrongRequest("--average needs two artifacts or more; --artifact is given %s"
                    .formatted(artifacts.isEmpty() ? "not at all" : "once"));
        }
        if (average.isEmpty()) {
            return new Predictor.Averaging(List.of());
        }
        List<Double> weights = new ArrayList<>();
        for (String weight : average.split(",", -1)) {
            weights.add(weight(weight));
        }
        if (weights.size() != artifacts.size()) {
            throw CommandProblem.wrongRequest("--average has %d weights for %d artifacts; give one for each, or none"
                    .formatted(weights.size(), artifacts.size()));
        }
        if (weights.stream().allMatch(weight -> weight == 0)) {
            throw CommandProblem.wrongRequest(
                    "--average is %s; one weight at least must be above 0".formatted(average));
        }
        return new Predictor.Averaging(weights);
    }

    private static double weight(String text) {
        try {
            double weight = Double.parseDouble(text.strip());
            if (weight >= 0 && weight < Double.POSITIVE_INFINITY) {
                return weight;
            }
        } catch (NumberFormatException _) {
            // Said below, with the range.
        }
        throw CommandProblem.wrongRequest(
                "--average has %s; weights are numbers of at least 0, such as 3,1".formatted(text));
    }

    private List<TextRow> typedRows() {
        List<TextRow> rows = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            rows.add(new TextRow(texts.get(i), texts2.isEmpty() ? null : texts2.get(i), use));
        }
        return rows;
    }

    /** An artifact without a name is called by its place: 1, 2, 3 …. */
    private List<NamedArtifact> namedArtifacts(Path here) {
        List<NamedArtifact> named = new ArrayList<>();
        for (String artifact : artifacts) {
            Matcher parts = NAMED.matcher(artifact);
            boolean hasName = parts.matches();
            named.add(new NamedArtifact(
                    hasName ? parts.group(1) : String.valueOf(named.size() + 1),
                    LocalPaths.resolve(hasName ? parts.group(2) : artifact, here)));
        }
        return named;
    }
}
