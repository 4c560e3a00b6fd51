package io.tenfold.job;

import io.tenfold.job.FineTuneRequest.Columns;
import io.tenfold.job.FineTuneRequest.Data;
import io.tenfold.job.FineTuneRequest.Task;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code task} and {@code data} of a request. */
final class DataReader {

    private static final List<String> FORMATS = List.of("csv", "tsv", "jsonl", "json", "parquet");
    private static final List<String> TYPES = List.of("sequence_classification", "regression");

    /** Names are parts of file names. */
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    private final Locations locations;

    /** Checks the location that a field has, or null. */
    interface Locations {
        @Nullable
        String check(Fields f, String name, @Nullable String location);
    }

    /** What the request and the data's own fields say for all tasks. */
    private record Common(@Nullable Task task, @Nullable String format, Columns columns) {}

    DataReader(Locations locations) {
        this.locations = locations;
    }

    /** @param request the whole request's fields */
    Data read(Fields request) {
        Fields f = request.object("data", true);
        boolean several = f.has("tasks");
        Task task = several && !request.has("task") ? null : task(request.object("task", true));
        Common common = new Common(task, format(f, null), columns(f, null));
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
                common.columns(),
                Objects.requireNonNull(common.task()));
    }

    private TaskData target(Fields f, Common common) {
        String train = Objects.requireNonNullElse(locations.check(f, "train", f.text("train", null)), "");
        TaskData target = new TaskData(
                "target",
                "data.target",
                train,
                validation(f),
                format(f, common.format()),
                columns(f, common.columns()),
                common.task() == null ? task(f.object("task", true)) : common.task());
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
            if (!name.isEmpty() && !name.matches(NAME)) {
                each.error(
                        "name",
                        "%s is %s; a name has at most 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit"
                                .formatted(each.param("name"), name));
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
                    format(each, common.format()),
                    columns(each, common.columns()),
                    own));
            each.refuseUnknown();
        }
        if (tasks.isEmpty()) {
            f.error("tasks", "data.tasks has no task; give at least one, such as {\"name\": \"news\", \"train\": …}");
            tasks.add(new TaskData(
                    "task", "data.tasks", "", null, null, common.columns(), new Task(TaskType.REGRESSION, null)));
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

    private static @Nullable String format(Fields f, @Nullable String otherwise) {
        return f.has("format") ? f.oneOf("format", FORMATS, "csv") : otherwise;
    }

    /** @param otherwise where the object has no {@code columns}; null: the usual ones */
    private static Columns columns(Fields f, @Nullable Columns otherwise) {
        if (otherwise != null && !f.has("columns")) {
            return otherwise;
        }
        Fields c = f.object("columns", false);
        Columns columns = new Columns(
                Objects.requireNonNull(c.text("text", "text")),
                c.text("text2", null),
                Objects.requireNonNull(c.text("label", "label")));
        c.refuseUnknown();
        return columns;
    }

    private static Task task(Fields f) {
        if (!f.has("type")) {
            f.error("type", "%s is missing; it must be one of %s".formatted(f.param("type"), String.join(", ", TYPES)));
        }
        TaskType type =
                TaskType.valueOf(f.oneOf("type", TYPES, TYPES.getFirst()).toUpperCase(Locale.ROOT));
        List<String> labels = f.texts("labels");
        if (labels != null && type == TaskType.REGRESSION) {
            f.error("labels", f.param("labels") + " is given, but a regression has none; leave it out");
        } else if (labels != null && (labels.size() < 2 || new HashSet<>(labels).size() != labels.size())) {
            f.error(
                    "labels",
                    "%s is %s; it must have at least two different names".formatted(f.param("labels"), labels));
        }
        f.refuseUnknown();
        return new Task(type, labels == null ? null : List.copyOf(labels));
    }
}
