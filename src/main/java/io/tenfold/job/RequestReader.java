package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.job.FineTuneRequest.Data;
import io.tenfold.job.FineTuneRequest.Method;
import io.tenfold.job.FineTuneRequest.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a request from JSON, or says everything that is wrong with it. */
public final class RequestReader {

    /** The longest id: it is a Kafka key, part of paths, and a column. */
    public static final int MAX_ID_LENGTH = 200;

    /** Levels of objects and lists in one another: far more than a request needs, few enough for every reader's stack. */
    public static final int MAX_DEPTH = 100;

    private final MethodCatalog methods;
    private final Locations locations;

    /** Refuses a location that can't be used at all; the second text is the field that has it. */
    @FunctionalInterface
    public interface Locations {
        void check(String location, String param);
    }

    /** @param store asked only whether a location can be used at all */
    public RequestReader(MethodCatalog methods, ArtifactStore store) {
        this(methods, store::check);
    }

    public RequestReader(MethodCatalog methods, Locations locations) {
        this.methods = methods;
        this.locations = locations;
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
        Fields m = f.object("method", true);
        Method method = method(m, f.raw("method"));
        boolean known = methods.names().contains(method.name());
        String model = model(f, known ? methods.model(method.name(), method.options()) : null);
        Data data = new DataReader(this::checkLocation).read(f);
        Task task = data.tasks().getFirst().task();
        List<String> metrics = data.shape() != FineTuneRequest.DataShape.TASKS
                ? MetricNames.of(task.type())
                : data.ofLanguage() ? MetricNames.OF_WORDS : List.of(MetricNames.MEAN);
        Fields t = f.object("training", false);
        TrainingOptions training = TrainingOptions.read(
                t, metrics, task.type(), known ? methods.usualSteps(method.name(), method.options()) : null);
        if (!data.scored() && training.earlyStoppingPatience() != null) {
            t.error("early_stopping_patience", "training.early_stopping_patience needs a score; give data.validation");
        }
        String output = location(f, "output", "s3://artifacts/" + id);
        int priority = f.integer("priority", 0, -1_000, 1_000);
        Integer maxSeconds = f.integer("max_seconds", 1, Integer.MAX_VALUE);
        String usual = training.metric() == null ? metrics.getFirst() : training.metric();
        Fields g = f.object("gates", false);
        Gates gates = Gates.read(g, metrics, usual, data.scored());
        Answering.check(t, g, training, data, gates);
        t.refuseUnknown();
        if (gates.mustBeat() != null && task.type() == FineTuneRequest.TaskType.PREFERENCE) {
            g.error(
                    "must_beat",
                    "%s is %s, but of preferences a model is scored against its own reference; leave it out, or give min_metric"
                            .formatted(g.param("must_beat"), gates.mustBeat()));
        }
        checkLocation(g, "must_beat", gates.mustBeat());
        JsonNode metadata = f.raw("metadata");
        if (!metadata.isNull() && !metadata.isObject()) {
            f.error("metadata", "metadata is %s; it must be an object".formatted(metadata));
        }
        f.refuseUnknown();
        FineTuneRequest request = new FineTuneRequest(
                id, model, task, data, method, training, output, priority, maxSeconds, gates, metadata, body);
        if (known) {
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

    /** @param ofMethod the location that the method has the model from; null: it must be given */
    private String model(Fields f, @Nullable String ofMethod) {
        if (ofMethod == null) {
            return location(f, "model", "s3://models/bert-base-uncased");
        }
        if (f.has("model")) {
            f.error(
                    "model",
                    "model is %s, but method %s goes on from %s; leave model out"
                            .formatted(
                                    f.raw("model"), f.raw("method").path("name").asText(), ofMethod));
        }
        return ofMethod;
    }

    private String location(Fields f, String name, String example) {
        String location = f.demandedText(name, example);
        checkLocation(f, name, location);
        return location;
    }

    private @Nullable String checkLocation(Fields f, String name, @Nullable String location) {
        if (location != null && !location.isEmpty()) {
            try {
                locations.check(location, f.param(name));
            } catch (JobException e) {
                f.errors().add(e.error());
            }
        }
        return location;
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
}
