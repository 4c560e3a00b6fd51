package io.tenfold.method.continual;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.BaseFingerprint;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.checkpoint.LocalFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.Task;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobException;
import io.tenfold.model.HeadSpec;
import io.tenfold.train.HeadFiles;
import io.tenfold.train.TaskRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an artifact knows of the jobs that made it: {@code continual.json}.
 *
 * @param strategy of the last job
 * @param model where the first job began
 * @param tasks in the order in which they were learnt, with their labels and the places of their validation rows
 * @param matrix what they scored
 * @param metric by which, where the tasks are of a language; null where each is scored by its usual one
 */
record History(
        Strategy strategy,
        String model,
        List<TaskData> tasks,
        AccuracyMatrix matrix,
        @Nullable String metric) {

    /** The file's name. */
    static final String NAME = "continual.json";

    /** The option that names the artifact. */
    private static final String PARAM = "method.from";

    private static final String ENCODER = "encoder";
    private static final String METRIC = "metric";
    private static final String STATE = "state_sha256";
    private static final ObjectMapper JSON = new ObjectMapper();

    History {
        tasks = List.copyOf(tasks);
    }

    /** Of a job that goes on from none. */
    static History none(Strategy strategy, String model) {
        return new History(strategy, model, List.of(), new AccuracyMatrix(List.of(), List.of(), Map.of()), null);
    }

    /** Whether a folder is an artifact of this method. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(NAME));
    }

    /**
     * Writes the file beside an artifact's others.
     *
     * @param rows of all tasks, for the labels that were found in their training files
     */
    void write(Path folder, List<TaskRows> rows) {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", 1).put("strategy", strategy.wireName()).put("model", model);
        ArrayNode list = json.putArray("tasks");
        for (int i = 0; i < tasks.size(); i++) {
            list.add(LearntTask.json(tasks.get(i), rows.get(i).labels()));
        }
        json.set("accuracy_matrix", JSON.valueToTree(matrix.table()));
        json.set("untrained", JSON.valueToTree(matrix.untrained()));
        if (metric != null) {
            json.put(METRIC, metric);
        }
        if (strategy != Strategy.EXPANSION) {
            json.set(ENCODER, JSON.valueToTree(BaseFingerprint.of(folder)));
        }
        Path state = folder.resolve(Keeping.STATE);
        if (Files.exists(state)) {
            json.put(STATE, sha256(state));
        }
        try {
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(folder.resolve(NAME).toFile(), json);
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be written to %s".formatted(NAME, folder), e);
        }
    }

    private static String sha256(Path file) {
        return HexFormat.of().formatHex(LocalFiles.sha256(file));
    }

    /**
     * Reads the file of an artifact that a job goes on from.
     *
     * @param location of the artifact, for messages
     * @throws JobException bad_model where there is none, where it can't be read, or belongs to other weights
     */
    static History read(Path folder, String location) {
        if (!isIn(folder)) {
            throw bad(
                    "%s has no %s, so that no continual job made it; give such an artifact, or the model as model and no from"
                            .formatted(location, NAME));
        }
        try {
            JsonNode json = JsonFile.read(folder.resolve(NAME));
            History history = parse(json);
            if (history.strategy != Strategy.EXPANSION) {
                refuseOtherWeights(json.path(ENCODER), folder, location);
            }
            return history;
        } catch (IOException | IllegalArgumentException e) {
            throw unreadable(location, e);
        }
    }

    /**
     * Refuses the state of another artifact, whose shapes may well be the same.
     *
     * @throws JobException bad_model
     */
    static void checkState(Path folder, String location) {
        Path state = folder.resolve(Keeping.STATE);
        try {
            JsonNode written = JsonFile.read(folder.resolve(NAME)).path(STATE);
            if (Files.exists(state) && !written.asText().equals(sha256(state))) {
                throw bad(
                        "%s of %s is not the one that was written beside its %s, but of another model or job; give the artifact as it was published"
                                .formatted(Keeping.STATE, location, NAME));
            }
        } catch (IOException e) {
            throw unreadable(location, e);
        }
    }

    /**
     * Refuses an artifact that lacks a part of a task: what stands for it would be drawn, and its scores chance.
     *
     * @throws JobException bad_model
     */
    void checkParts(Path folder, String location) {
        Map<String, HeadSpec> heads = HeadFiles.areIn(folder) ? HeadFiles.heads(folder) : Map.of();
        for (TaskData task : tasks) {
            lack(task, folder, heads).ifPresent(lack -> {
                throw bad("%s says that %s has learnt task %s, but %s; give the artifact as it was published"
                        .formatted(NAME, location, task.name(), lack));
            });
        }
    }

    /** What a folder lacks of a task; empty where it is whole. */
    private Optional<String> lack(TaskData task, Path folder, Map<String, HeadSpec> heads) {
        if (strategy == Strategy.EXPANSION) {
            String adapter = "%s/%s".formatted(ExpansionStage.ADAPTERS, task.name());
            return Files.isDirectory(folder.resolve(adapter))
                    ? Optional.empty()
                    : Optional.of("there is no " + adapter);
        }
        if (task.task().type() == TaskType.CAUSAL_LM) {
            return heads.isEmpty()
                    ? Optional.empty()
                    : Optional.of("it has heads of labels (%s)".formatted(HeadFiles.NAME));
        }
        return isFor(task.task(), heads.get(task.name()))
                ? Optional.empty()
                : Optional.of("%s has no such head for its labels".formatted(HeadFiles.NAME));
    }

    private static boolean isFor(Task task, @Nullable HeadSpec head) {
        if (head == null) {
            return false;
        }
        return switch (task.type()) {
            case REGRESSION -> head.regression();
            case TOKEN_CLASSIFICATION -> head.readsEveryToken() && head.labels().equals(task.labels());
            case SEQUENCE_CLASSIFICATION ->
                head.kind() == HeadSpec.Kind.CLASSES && head.labels().equals(task.labels());
            case CAUSAL_LM, PREFERENCE -> false;
        };
    }

    private static JobException unreadable(String location, Exception e) {
        return new JobException(
                ErrorCode.BAD_MODEL,
                PARAM,
                "%s of %s can't be read (%s); fetch the artifact again".formatted(NAME, location, e.getMessage()),
                e);
    }

    private static History parse(JsonNode json) {
        List<TaskData> tasks = new ArrayList<>();
        json.path("tasks").forEach(task -> tasks.add(LearntTask.read(task, PARAM)));
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("it names no tasks");
        }
        List<String> names = tasks.stream().map(TaskData::name).toList();
        if (names.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().count() != names.size()) {
            throw new IllegalArgumentException("two of its tasks have one name: " + String.join(", ", names));
        }
        List<Map<String, Double>> rows = new ArrayList<>();
        for (JsonNode line : json.path("accuracy_matrix")) {
            Map<String, Double> row = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                score(line.path(i)).ifPresent(put(row, names.get(i)));
            }
            rows.add(row);
        }
        if (rows.size() != names.size()) {
            throw new IllegalArgumentException(
                    "its accuracy_matrix has %d rows for %d tasks".formatted(rows.size(), names.size()));
        }
        Map<String, Double> untrained = new LinkedHashMap<>();
        json.path("untrained").properties().forEach(entry -> score(entry.getValue())
                .ifPresent(put(untrained, entry.getKey())));
        return new History(
                Strategy.named(json.path("strategy").asText()),
                json.path("model").asText(),
                tasks,
                new AccuracyMatrix(names, rows, untrained),
                json.path(METRIC).isTextual() ? json.path(METRIC).textValue() : null);
    }

    private static Consumer<Double> put(Map<String, Double> scores, String task) {
        return score -> scores.put(task, score);
    }

    private static Optional<Double> score(JsonNode value) {
        if (value.isNumber()) {
            return Optional.of(value.doubleValue());
        }
        // Jackson writes what is not a number as a text.
        return value.isTextual() ? Optional.of(Double.NaN) : Optional.empty();
    }

    private static void refuseOtherWeights(JsonNode encoder, Path folder, String location) throws IOException {
        BaseFingerprint made = JSON.treeToValue(encoder, BaseFingerprint.class);
        if (made == null) {
            throw new IllegalArgumentException("it does not say what encoder it belongs to");
        }
        String difference = made.difference(BaseFingerprint.of(folder));
        if (!difference.isEmpty()) {
            throw bad(
                    "%s of %s was written beside another model than its model.safetensors: %s; give the artifact as it was published"
                            .formatted(NAME, location, difference));
        }
    }

    private static JobException bad(String message) {
        return new JobException(ErrorCode.BAD_MODEL, PARAM, message);
    }
}
