package io.tenfold.job;

import io.tenfold.job.FineTuneRequest.Columns;
import io.tenfold.job.FineTuneRequest.Data;
import io.tenfold.job.FineTuneRequest.LanguageColumns;
import io.tenfold.job.FineTuneRequest.Task;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.FineTuneRequest.TrainOn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code task} and {@code data} of a request. */
final class DataReader {

    private static final List<String> FORMATS = List.of("csv", "tsv", "jsonl", "json", "parquet", "conll", "text");

    /** Those that can hold a list of words. */
    private static final List<String> TAGGED_FORMATS = List.of("jsonl", "json", "parquet", "conll");

    private static final List<String> TYPES =
            Arrays.stream(TaskType.values()).map(TaskType::wire).toList();

    private static final List<String> TRAIN_ON =
            Arrays.stream(TrainOn.values()).map(TrainOn::wire).toList();

    /** Every name that {@code columns} can have. */
    private static final List<String> COLUMNS = List.of(
            "text",
            "text2",
            "label",
            "tokens",
            "tags",
            "prompt",
            "completion",
            "messages",
            "tools",
            "chosen",
            "rejected");

    private final Locations locations;

    /** Checks the location that a field has, or null. */
    interface Locations {
        @Nullable
        String check(Fields f, String name, @Nullable String location);
    }

    /** What the request and the data's own fields say for all tasks. */
    private record Common(@Nullable Task task, @Nullable String format, Names columns) {}

    /** What columns are called, for tasks of any type. */
    private record Names(
            String text, @Nullable String text2, String label, String tokens, String tags, LanguageColumns language) {

        Columns of(Task task) {
            return switch (task.type()) {
                case SEQUENCE_CLASSIFICATION, REGRESSION -> new Columns(text, text2, label, false);
                case TOKEN_CLASSIFICATION -> new Columns(tokens, null, tags, true);
                case CAUSAL_LM -> new Columns(text, null, label, false, language);
                case PREFERENCE ->
                    new Columns(
                            text,
                            null,
                            label,
                            false,
                            new LanguageColumns(
                                    null,
                                    Objects.requireNonNullElse(language.prompt(), "prompt"),
                                    null,
                                    null,
                                    null,
                                    Objects.requireNonNullElse(language.chosen(), "chosen"),
                                    Objects.requireNonNullElse(language.rejected(), "rejected")));
            };
        }
    }

    DataReader(Locations locations) {
        this.locations = locations;
    }

    /** @param request the whole request's fields */
    Data read(Fields request) {
        Fields f = request.object("data", true);
        boolean several = f.has("tasks");
        Task task = several && !request.has("task") ? null : task(request.object("task", true));
        Common common =
                new Common(task, format(f, null, several ? null : task), columns(f, null, several ? null : task));
        List<TaskData> tasks = several ? tasks(f, common) : List.of(only(f, common));
        TaskData target = f.has("target") ? target(f.object("target", false), common) : null;
        if (several && target != null) {
            f.error("target", "data.target is given beside data.tasks; give one of the two");
        }
        f.refuseUnknown();
        return new Data(tasks, target);
    }

    private TaskData only(Fields f, Common common) {
        return new TaskData(
                "",
                "data",
                train(f, "s3://data/sst2/train.tsv"),
                validation(f),
                common.format(),
                common.columns().of(Objects.requireNonNull(common.task())),
                common.task());
    }

    private TaskData target(Fields f, Common common) {
        String train = Objects.requireNonNullElse(locations.check(f, "train", f.text("train", null)), "");
        Task task = common.task() == null ? task(f.object("task", true)) : common.task();
        TaskData target = new TaskData(
                "target",
                "data.target",
                train,
                validation(f),
                format(f, common.format(), task),
                columns(f, common.columns(), task).of(task),
                task);
        if (train.isEmpty() && target.validation() == null) {
            f.error("train", "data.target has neither train nor validation; give the target domain's rows");
        }
        f.refuseUnknown();
        return target;
    }

    private List<TaskData> tasks(Fields f, Common common) {
        for (String name : List.of("train", "validation")) {
            if (f.has(name)) {
                f.error(name, "data.%s is given beside data.tasks, which have their own; leave it out".formatted(name));
            }
        }
        List<TaskData> tasks = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Fields each : f.objects("tasks")) {
            String name = each.demandedText("name", "news");
            if (!name.isEmpty() && !TaskData.isName(name)) {
                each.error("name", "%s is %s; %s".formatted(each.param("name"), name, TaskData.NAME_RULE));
            } else if (!name.isEmpty() && !names.add(name.toLowerCase(Locale.ROOT))) {
                each.error(
                        "name",
                        "%s is %s, as another task is called already; give each a name of its own"
                                .formatted(each.param("name"), name));
            }
            Task own = each.has("task") || common.task() == null ? task(each.object("task", true)) : common.task();
            tasks.add(new TaskData(
                    name,
                    each.path(),
                    train(each, "s3://data/news/train.tsv"),
                    validation(each),
                    format(each, common.format(), own),
                    columns(each, common.columns(), own).of(own),
                    own));
            each.refuseUnknown();
        }
        if (tasks.isEmpty()) {
            f.error("tasks", "data.tasks has no task; give at least one, such as {\"name\": \"news\", \"train\": …}");
            Task none = new Task(TaskType.REGRESSION, null);
            tasks.add(new TaskData(
                    "task", "data.tasks", "", null, null, common.columns().of(none), none));
        }
        return tasks;
    }

    private String train(Fields f, String example) {
        String location = f.demandedText("train", example);
        locations.check(f, "train", location);
        return location;
    }

    private @Nullable String validation(Fields f) {
        return locations.check(f, "validation", f.text("validation", null));
    }

    /** @param task that the rows are for; null where they are for several */
    private static @Nullable String format(Fields f, @Nullable String otherwise, @Nullable Task task) {
        if (!f.has("format")) {
            return otherwise;
        }
        boolean tagged = task != null && task.type() == TaskType.TOKEN_CLASSIFICATION;
        String format = f.oneOf("format", FORMATS, tagged ? "jsonl" : "csv");
        if (tagged && !TAGGED_FORMATS.contains(format)) {
            f.error(
                    "format",
                    "%s is %s, whose fields hold no lists; for token_classification it must be one of %s"
                            .formatted(f.param("format"), format, String.join(", ", TAGGED_FORMATS)));
        } else if (task != null && !tagged && format.equals("conll")) {
            f.error(
                    "format",
                    "%s is conll, which holds tagged words; it is for token_classification"
                            .formatted(f.param("format")));
        } else if (task != null && task.type() != TaskType.CAUSAL_LM && format.equals("text")) {
            f.error(
                    "format",
                    "%s is text, a plain text without columns; it is for causal_lm".formatted(f.param("format")));
        }
        return format;
    }

    /**
     * The names of columns.
     *
     * @param otherwise where the object has no {@code columns}; null: the usual ones
     * @param task that the rows are for; null where they are for several
     */
    private static Names columns(Fields f, @Nullable Names otherwise, @Nullable Task task) {
        if (otherwise != null && !f.has("columns")) {
            return otherwise;
        }
        Fields c = f.object("columns", false);
        if (task != null) {
            refuseOthers(c, task.type());
        }
        Names names = new Names(
                Objects.requireNonNull(c.text("text", "text")),
                c.text("text2", null),
                Objects.requireNonNull(c.text("label", "label")),
                Objects.requireNonNull(c.text("tokens", "tokens")),
                Objects.requireNonNull(c.text("tags", "tags")),
                language(c, task));
        c.refuseUnknown();
        return names;
    }

    /** What a plain text, a prompt with its completion, or a conversation are called; at most one of the three. */
    private static LanguageColumns language(Fields c, @Nullable Task task) {
        LanguageColumns named = new LanguageColumns(
                c.text("text", null),
                c.text("prompt", c.has("completion") ? "prompt" : null),
                c.text("completion", c.has("prompt") ? "completion" : null),
                c.text("messages", c.has("tools") ? "messages" : null),
                c.text("tools", null),
                c.text("chosen", null),
                c.text("rejected", null));
        if (task != null && task.type() == TaskType.CAUSAL_LM) {
            boolean prompt = c.has("prompt") || c.has("completion");
            boolean messages = c.has("messages") || c.has("tools");
            if ((c.has("text") ? 1 : 0) + (prompt ? 1 : 0) + (messages ? 1 : 0) > 1) {
                c.error(
                        "text",
                        "%s names more than one of text, prompt with completion, and messages; name the one that is learnt from"
                                .formatted(c.path()));
            }
        }
        return named;
    }

    private static void refuseOthers(Fields c, TaskType type) {
        List<String> own =
                switch (type) {
                    case SEQUENCE_CLASSIFICATION, REGRESSION -> List.of("text", "text2", "label");
                    case TOKEN_CLASSIFICATION -> List.of("tokens", "tags");
                    case CAUSAL_LM -> List.of("text", "prompt", "completion", "messages", "tools");
                    case PREFERENCE -> List.of("prompt", "chosen", "rejected");
                };
        for (String name : COLUMNS) {
            if (c.has(name) && !own.contains(name)) {
                c.error(
                        name,
                        "%s is given, but the columns of %s are %s; name these"
                                .formatted(c.param(name), type.wire(), String.join(", ", own)));
            }
        }
    }

    private static Task task(Fields f) {
        if (!f.has("type")) {
            f.error("type", "%s is missing; it must be one of %s".formatted(f.param("type"), String.join(", ", TYPES)));
        }
        TaskType type =
                TaskType.valueOf(f.oneOf("type", TYPES, TYPES.getFirst()).toUpperCase(Locale.ROOT));
        List<String> labels = f.texts("labels");
        if (labels != null && !hasLabels(type)) {
            f.error("labels", "%s is given, but %s has none; leave it out".formatted(f.param("labels"), type.wire()));
        } else if (labels != null && (labels.size() < 2 || new HashSet<>(labels).size() != labels.size())) {
            f.error(
                    "labels",
                    "%s is %s; it must have at least two different names".formatted(f.param("labels"), labels));
        }
        TrainOn trainOn = TrainOn.valueOf(
                f.oneOf("train_on", TRAIN_ON, TRAIN_ON.getFirst()).toUpperCase(Locale.ROOT));
        if (f.has("train_on") && type != TaskType.CAUSAL_LM) {
            f.error(
                    "train_on",
                    "%s is given, but only causal_lm is trained on parts of a text; leave it out"
                            .formatted(f.param("train_on")));
        }
        PreferenceOptions preference = PreferenceOptions.DEFAULT;
        if (type == TaskType.PREFERENCE) {
            preference = PreferenceOptions.read(f);
        } else {
            PreferenceOptions.refuse(f);
        }
        f.refuseUnknown();
        return new Task(type, labels == null ? null : List.copyOf(labels), trainOn, preference);
    }

    private static boolean hasLabels(TaskType type) {
        return switch (type) {
            case SEQUENCE_CLASSIFICATION, TOKEN_CLASSIFICATION -> true;
            case REGRESSION, CAUSAL_LM, PREFERENCE -> false;
        };
    }
}
