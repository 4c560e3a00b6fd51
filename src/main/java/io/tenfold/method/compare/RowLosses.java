package io.tenfold.method.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.train.PredictionFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What was lost on each validation row, as the prediction files tell it: of a label 0 or 1, of a number the squared error, of
 * tagged words how many have another tag, of a text the mean loss of its tokens, of a pair of answers its own. Where tasks of several types are scored, squared errors are in units of the
 * variance of their task's labels, and wrong words in shares of the row, so that no task drowns the others.
 *
 * @param of what a loss is
 * @param byRow in the files' order
 */
record RowLosses(String of, Map<Row, Double> byRow) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TARGET = "target";

    /** @param set the task or domain; empty where there is one */
    record Row(String set, int number) {}

    private enum Kind {
        LABEL("error rate"),
        NUMBER("squared error"),
        WORDS("wrong words a row"),
        TEXT("loss of a token"),
        PAIR("loss of a pair of answers");

        private final String told;

        Kind(String told) {
            this.told = told;
        }

        static Kind of(JsonNode line) {
            if (line.has("labels")) {
                return WORDS;
            }
            if (line.has("loss")) {
                return line.has("margin") ? PAIR : TEXT;
            }
            return line.path("label").isNumber() ? NUMBER : LABEL;
        }
    }

    /** Those of a candidate's runs, each row's the mean over the runs that have it. */
    static RowLosses ofRuns(List<Path> artifacts) {
        String of = "";
        Map<Row, List<Double>> all = new LinkedHashMap<>();
        for (Path artifact : artifacts) {
            RowLosses own = read(artifact);
            of = own.of();
            own.byRow().forEach((row, loss) -> all.computeIfAbsent(row, _ -> new ArrayList<>())
                    .add(loss));
        }
        Map<Row, Double> means = new LinkedHashMap<>();
        all.forEach((row, losses) -> means.put(
                row, losses.stream().mapToDouble(Double::doubleValue).average().orElseThrow()));
        return new RowLosses(of, means);
    }

    /** Of two domains the target's rows count, as for the scores. */
    private static RowLosses read(Path artifact) {
        List<JsonNode> lines = lines(artifact.resolve(PredictionFiles.NAME));
        if (lines.stream().anyMatch(RowLosses::ofTarget)) {
            lines.removeIf(line -> !ofTarget(line));
        }
        Set<Kind> kinds = new LinkedHashSet<>();
        lines.forEach(line -> kinds.add(Kind.of(line)));
        boolean mixed = kinds.size() > 1;
        Map<String, Double> variances = mixed ? variances(lines) : Map.of();
        Map<Row, Double> losses = new LinkedHashMap<>();
        for (JsonNode line : lines) {
            String set = set(line);
            losses.put(new Row(set, line.path("row").asInt()), loss(line, mixed, variances.getOrDefault(set, 1.0)));
        }
        return new RowLosses(
                mixed ? "row loss" : kinds.isEmpty() ? "" : kinds.iterator().next().told, losses);
    }

    private static boolean ofTarget(JsonNode line) {
        return line.path("domain").asText().equals(TARGET);
    }

    private static String set(JsonNode line) {
        return line.path("task").asText(line.path("domain").asText());
    }

    private static double loss(JsonNode line, boolean mixed, double variance) {
        JsonNode predicted = line.path("predicted");
        return switch (Kind.of(line)) {
            case LABEL -> line.path("label").equals(predicted) ? 0 : 1;
            case NUMBER -> {
                double apart = line.path("label").asDouble() - predicted.asDouble();
                yield apart * apart / variance;
            }
            case TEXT, PAIR -> line.path("loss").asDouble();
            case WORDS -> {
                JsonNode labels = line.path("labels");
                int wrong = 0;
                for (int word = 0; word < labels.size(); word++) {
                    // Of a word that was cut off nothing is said, by nobody.
                    if (!predicted.path(word).isNull() && !labels.get(word).equals(predicted.path(word))) {
                        wrong++;
                    }
                }
                yield mixed ? (double) wrong / Math.max(1, labels.size()) : wrong;
            }
        };
    }

    /** Of each task's numbers; 1 where all are alike. */
    private static Map<String, Double> variances(List<JsonNode> lines) {
        Map<String, List<Double>> numbers = new TreeMap<>();
        for (JsonNode line : lines) {
            if (Kind.of(line) == Kind.NUMBER) {
                numbers.computeIfAbsent(set(line), _ -> new ArrayList<>())
                        .add(line.path("label").asDouble());
            }
        }
        Map<String, Double> variances = new TreeMap<>();
        numbers.forEach((set, values) -> {
            double mean =
                    values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
            double variance = values.stream()
                    .mapToDouble(value -> (value - mean) * (value - mean))
                    .average()
                    .orElseThrow();
            variances.put(set, variance == 0 ? 1 : variance);
        });
        return variances;
    }

    private static List<JsonNode> lines(Path file) {
        List<JsonNode> lines = new ArrayList<>();
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(JSON.readTree(line));
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(file + " can't be read", e);
        }
    }
}
