package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.FineTuneRequest.Columns;
import io.tenfold.job.FineTuneRequest.Data;
import io.tenfold.job.FineTuneRequest.Method;
import io.tenfold.job.FineTuneRequest.Task;
import io.tenfold.job.FineTuneRequest.TaskType;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes a request from JSON, or says everything that is wrong with it. */
public final class RequestReader {

    /** The longest id: it is a Kafka key, part of paths, and a column. */
    public static final int MAX_ID_LENGTH = 200;

    /** Levels of objects and lists in one another: far more than a request needs, few enough for every reader's stack. */
    public static final int MAX_DEPTH = 100;

    private static final List<String> FORMATS = List.of("csv", "tsv", "jsonl", "json", "parquet");
    private static final List<String> TASKS = List.of("sequence_classification", "regression");

    private final MethodCatalog methods;
    private final ArtifactStore store;

    /** @param store asked only whether a location can be used at all */
    public RequestReader(MethodCatalog methods, ArtifactStore store) {
        this.methods = methods;
        this.store = store;
    }

    /** Either a request or errors. */
    public sealed interface Result {
        record Valid(FineTuneRequest request) implements Result {}

        record Invalid(List<JobError> errors) implements Result {}
    }

    /** The request, or an exception that carries the first error. For bodies that were accepted before. */
    public FineTuneRequest readValid(JsonNode body, String id) {
        return switch (read(body, id)) {
            case Result.Valid(FineTuneRequest request) -> request;
            case Result.Invalid(List<JobError> errors) ->
                throw new JobException(
                        errors.getFirst().code(),
                        errors.getFirst().param(),
                        errors.getFirst().message());
        };
    }

    /** Whether a body has more levels than {@value #MAX_DEPTH}. */
    public static boolean tooDeep(JsonNode body) {
        return deeperThan(body, MAX_DEPTH);
    }

    private static boolean deeperThan(JsonNode node, int levels) {
        if (!node.isContainerNode()) {
            return false;
        }
        return levels == 0 || node.valueStream().anyMatch(child -> deeperThan(child, levels - 1));
    }

    /** @param id the job's id, which the body may repeat */
    public Result read(JsonNode body, String id) {
        if (tooDeep(body)) {
            return new Result.Invalid(List.of(new JobError(
                    ErrorCode.BAD_REQUEST,
                    "the request has more than %d levels of objects and lists in one another; make it flatter"
                            .formatted(MAX_DEPTH),
                    null)));
        }
        Fields f = new Fields(body);
        checkId(f, id);
        String model = location(f, "model", "s3://models/bert-base-uncased");
        Task task = task(f.object("task", true));
        Data data = data(f.object("data", true));
        Fields m = f.object("method", true);
        Method method = method(m, f.raw("method"));
        Fields t = f.object("training", false);
        TrainingOptions training = TrainingOptions.read(
                t,
                task.type(),
                methods.names().contains(method.name()) ? methods.usualSteps(method.name(), method.options()) : null);
        refuseForLater(t);
        if (data.validation() == null && training.earlyStoppingPatience() != null) {
            t.error("early_stopping_patience", "training.early_stopping_patience needs a score; give data.validation");
        }
        t.refuseUnknown();
        String output = location(f, "output", "s3://artifacts/" + id);
        int priority = f.integer("priority", 0, -1_000, 1_000);
        Integer maxSeconds = f.integer("max_seconds", 1, Integer.MAX_VALUE);
        JsonNode metadata = f.raw("metadata");
        if (!metadata.isNull() && !metadata.isObject()) {
            f.error("metadata", "metadata is %s; it must be an object".formatted(metadata));
        }
        f.refuseUnknown();
        FineTuneRequest request =
                new FineTuneRequest(id, model, task, data, method, training, output, priority, maxSeconds, metadata);
        if (methods.names().contains(method.name())) {
            methods.check(request, m);
        }
        return f.errors().isEmpty() ? new Result.Valid(request) : new Result.Invalid(List.copyOf(f.errors()));
    }

    private static void checkId(Fields f, String id) {
        String own = f.text("id", null);
        if (own != null && !own.equals(id)) {
            f.error("id", "id is %s, but the job is called %s".formatted(own, id));
        }
        if (id.length() > MAX_ID_LENGTH || id.chars().anyMatch(Character::isISOControl)) {
            f.error(
                    "id",
                    "id has %d characters; it must have at most %d, none of them a control character"
                            .formatted(id.length(), MAX_ID_LENGTH));
        }
    }

    private String location(Fields f, String name, String example) {
        String location = f.demandedText(name, example);
        checkLocation(f, name, location);
        return location;
    }

    private @Nullable String checkLocation(Fields f, String name, @Nullable String location) {
        if (location != null && !location.isEmpty()) {
            try {
                store.check(location, f.param(name));
            } catch (JobException e) {
                f.errors().add(e.error());
            }
        }
        return location;
    }

    private static Task task(Fields f) {
        if (!f.has("type")) {
            f.error("type", "task.type is missing; it must be one of " + String.join(", ", TASKS));
        }
        TaskType type =
                TaskType.valueOf(f.oneOf("type", TASKS, TASKS.getFirst()).toUpperCase(Locale.ROOT));
        List<String> labels = f.texts("labels");
        if (labels != null && type == TaskType.REGRESSION) {
            f.error("labels", "task.labels is given, but a regression has none; leave it out");
        } else if (labels != null && (labels.size() < 2 || new HashSet<>(labels).size() != labels.size())) {
            f.error("labels", "task.labels is %s; it must have at least two different names".formatted(labels));
        }
        f.refuseUnknown();
        return new Task(type, labels == null ? null : List.copyOf(labels));
    }

    private Data data(Fields f) {
        String train = location(f, "train", "s3://data/sst2/train.tsv");
        String validation = checkLocation(f, "validation", f.text("validation", null));
        String format = f.has("format") ? f.oneOf("format", FORMATS, "csv") : null;
        Fields c = f.object("columns", false);
        Columns columns = new Columns(
                java.util.Objects.requireNonNull(c.text("text", "text")),
                c.text("text2", null),
                java.util.Objects.requireNonNull(c.text("label", "label")));
        c.refuseUnknown();
        f.refuseUnknown();
        return new Data(train, validation, format, columns);
    }

    private Method method(Fields f, JsonNode raw) {
        String name = f.demandedText("name", "lora");
        ObjectNode options = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
        if (raw.isObject()) {
            raw.properties().forEach(field -> options.set(field.getKey(), field.getValue()));
        }
        if (methods.names().contains(name)) {
            int before = f.errors().size();
            methods.check(name, f);
            if (f.errors().size() == before) {
                methods.locations(name, options).forEach((option, location) -> checkLocation(f, option, location));
            }
            f.refuseUnknown(methods::owners);
        } else if (!name.isEmpty()) {
            f.error("name", Fields.notOneOf("method.name", name, methods.names()));
        }
        options.remove("name");
        return new Method(name, options);
    }

    /** Fields of the contract that wait for decoders: their neutral values pass, anything else is refused by name. */
    private static void refuseForLater(Fields t) {
        if (t.flag("activation_checkpointing", false)) {
            t.error(
                    "activation_checkpointing",
                    "training.activation_checkpointing is true; no model of this version has it, leave it out");
        }
        t.integer("generate", 0, 0, 0);
    }
}
