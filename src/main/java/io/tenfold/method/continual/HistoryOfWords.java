package io.tenfold.method.continual;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.FineTuneRequest.Columns;
import io.tenfold.job.FineTuneRequest.LanguageColumns;
import io.tenfold.job.FineTuneRequest.Task;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.FineTuneRequest.TrainOn;
import io.tenfold.job.PreferenceOptions;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A task of a language in {@link History}'s file: where its validation rows are, and which of their tokens count. */
final class HistoryOfWords {

    private HistoryOfWords() {}

    static void write(TaskData task, ObjectNode json) {
        LanguageColumns columns = Objects.requireNonNull(task.columns().language());
        json.put("train_on", task.task().trainOn().wire());
        json.putObject("columns")
                .put("text", columns.text())
                .put("prompt", columns.prompt())
                .put("completion", columns.completion())
                .put("messages", columns.messages())
                .put("tools", columns.tools());
    }

    /** @throws IllegalArgumentException where it can't be read */
    static TaskData read(JsonNode json, String name, String param) {
        JsonNode columns = json.path("columns");
        TrainOn trainOn = TrainOn.valueOf(json.path("train_on").asText().toUpperCase(Locale.ROOT));
        return new TaskData(
                name,
                param,
                "",
                text(json, "validation"),
                text(json, "format"),
                new Columns(
                        "text",
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
                                null)),
                new Task(TaskType.CAUSAL_LM, null, trainOn, PreferenceOptions.DEFAULT));
    }

    private static @Nullable String text(JsonNode json, String field) {
        return json.path(field).isTextual() ? json.path(field).textValue() : null;
    }
}
