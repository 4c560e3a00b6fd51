package io.tenfold.method.continual;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.FineTuneRequest.Columns;
import io.tenfold.job.FineTuneRequest.LanguageColumns;
import io.tenfold.job.FineTuneRequest.Task;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.FineTuneRequest.TrainOn;
import io.tenfold.job.PreferenceOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A task in {@link History}'s file: where its validation rows are, and what they are scored for. */
final class LearntTask {

    private LearntTask() {}

    /** @param labels those that were found in its training file */
    static ObjectNode json(TaskData task, List<String> labels) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", task.name()).put("type", task.task().type().wire());
        json.put("validation", task.validation()).put("format", task.format());
        Columns columns = task.columns();
        LanguageColumns words = columns.language();
        if (words != null) {
            json.put("train_on", task.task().trainOn().wire());
            json.putObject("columns")
                    .put("text", words.text())
                    .put("prompt", words.prompt())
                    .put("completion", words.completion())
                    .put("messages", words.messages())
                    .put("tools", words.tools());
            return json;
        }
        if (!task.task().regression()) {
            labels.forEach(json.withArray("labels")::add);
        }
        json.putObject("columns")
                .put("text", columns.text())
                .put("text2", columns.text2())
                .put("label", columns.label());
        return json;
    }

    /**
     * Reads what {@link #json} wrote.
     *
     * @param param the field that names the artifact
     * @throws IllegalArgumentException where it can't be read
     */
    static TaskData read(JsonNode json, String param) {
        // The file may be a stranger's, and the name becomes a file's.
        String name = json.path("name").asText();
        if (!TaskData.isName(name)) {
            throw new IllegalArgumentException("a task is called %s; %s".formatted(name, TaskData.NAME_RULE));
        }
        String validation = text(json, "validation");
        if (validation == null) {
            throw new IllegalArgumentException("task %s has no validation rows".formatted(name));
        }
        TaskType type = TaskType.valueOf(json.path("type").asText().toUpperCase(Locale.ROOT));
        boolean words = type == TaskType.CAUSAL_LM;
        return new TaskData(
                name,
                param,
                "",
                validation,
                text(json, "format"),
                words ? ofWords(json.path("columns")) : ofLabels(json.path("columns"), type),
                words ? new Task(type, null, trainOn(json), PreferenceOptions.DEFAULT) : task(name, json, type));
    }

    private static Task task(String name, JsonNode json, TaskType type) {
        List<String> labels = new ArrayList<>();
        json.path("labels").forEach(label -> labels.add(label.asText()));
        if (type != TaskType.REGRESSION && new HashSet<>(labels).size() < Math.max(1, labels.size())) {
            throw new IllegalArgumentException("task %s has the labels %s".formatted(name, labels));
        }
        return new Task(type, type == TaskType.REGRESSION ? null : List.copyOf(labels));
    }

    private static Columns ofLabels(JsonNode columns, TaskType type) {
        return new Columns(
                columns.path("text").asText("text"),
                text(columns, "text2"),
                columns.path("label").asText("label"),
                type == TaskType.TOKEN_CLASSIFICATION);
    }

    private static TrainOn trainOn(JsonNode json) {
        return TrainOn.valueOf(json.path("train_on").asText().toUpperCase(Locale.ROOT));
    }

    private static Columns ofWords(JsonNode columns) {
        return new Columns(
                Objects.requireNonNullElse(text(columns, "text"), "text"),
                null,
                "label",
                false,
                new LanguageColumns(
                        text(columns, "text"),
                        text(columns, "prompt"),
                        text(columns, "completion"),
                        text(columns, "messages"),
                        text(columns, "tools"),
                        null,
                        null));
    }

    private static @Nullable String text(JsonNode json, String field) {
        return json.path(field).isTextual() ? json.path(field).textValue() : null;
    }
}
