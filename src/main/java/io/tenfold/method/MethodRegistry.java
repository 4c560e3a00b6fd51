package io.tenfold.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.quarkus.arc.All;
import io.tenfold.data.Draw;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.DataShape;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.job.MethodCatalog;
import io.tenfold.train.Inputs;
import io.tenfold.train.Recipe;
import io.tenfold.train.Tuning;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The methods by name, as CDI finds them. */
@ApplicationScoped
public class MethodRegistry implements MethodCatalog {

    private final Map<String, FineTuneMethod<?>> methods = new LinkedHashMap<>();

    public MethodRegistry(@All List<FineTuneMethod<?>> found) {
        found.stream()
                .sorted(Comparator.comparing(method -> method.name()))
                .forEach(method -> methods.put(method.name(), method));
    }

    @Override
    public Collection<String> names() {
        return methods.keySet();
    }

    @Override
    public void check(String name, Fields options) {
        method(name).read(options);
    }

    @Override
    public void check(FineTuneRequest request, Fields options) {
        check(method(request.method().name()), request, options);
    }

    private <C> void check(FineTuneMethod<C> method, FineTuneRequest request, Fields options) {
        // What the options alone show to be wrong was reported before.
        C config = method.read(new Fields(request.method().options()));
        if (request.gates().maxForgetting() != null && !method.measuresForgetting(config)) {
            options.errors()
                    .add(new JobError(
                            ErrorCode.BAD_REQUEST,
                            "gates.max_forgetting is given, but method %s has no earlier tasks to forget; leave it out, or take continual"
                                    .formatted(method.name()),
                            "gates.max_forgetting"));
        }
        checkTasks(method, method.tasks(config), request, options);
        if (checkShape(method, method.shapes(config), request, options)) {
            method.check(config, request, options);
        }
    }

    private void checkTasks(FineTuneMethod<?> method, Set<TaskType> tasks, FineTuneRequest request, Fields options) {
        for (TaskData data : request.data().tasks()) {
            TaskType type = data.task().type();
            if (!tasks.contains(type)) {
                options.errors()
                        .add(new JobError(
                                ErrorCode.BAD_REQUEST,
                                "task.type is %s, which method %s%s does not learn; it learns %s%s"
                                        .formatted(
                                                type.wire(),
                                                method.name(),
                                                kind(request),
                                                tasks.stream()
                                                        .sorted()
                                                        .map(TaskType::wire)
                                                        .collect(Collectors.joining(", ")),
                                                instead(method, request, type)),
                                "task.type"));
                return;
            }
        }
    }

    private <C> String instead(FineTuneMethod<C> method, FineTuneRequest request, TaskType type) {
        String own = method.insteadOf(method.read(new Fields(request.method().options())), type);
        return own == null ? others(type) : "; " + own;
    }

    private static String kind(FineTuneRequest request) {
        String kind = request.method().options().path("kind").asText();
        return kind.isEmpty() ? "" : " of kind " + kind;
    }

    private String others(TaskType type) {
        List<String> others = methods.values().stream()
                .filter(method -> learns(method, type))
                .map(FineTuneMethod::name)
                .toList();
        return others.isEmpty()
                ? "; no method learns it yet"
                : "; %s is learnt by %s".formatted(type.wire(), String.join(", ", others));
    }

    private static <C> boolean learns(FineTuneMethod<C> method, TaskType type) {
        return method.tasks(method.read(new Fields(JsonNodeFactory.instance.objectNode())))
                .contains(type);
    }

    /** Whether the method can learn from data of this shape; if not, that is reported. */
    private static boolean checkShape(
            FineTuneMethod<?> method, Set<DataShape> shapes, FineTuneRequest request, Fields options) {
        DataShape given = request.data().shape();
        if (shapes.contains(given)) {
            return true;
        }
        String wanted = shapes.stream().sorted().map(DataShape::param).collect(Collectors.joining(" or "));
        options.errors()
                .add(new JobError(
                        ErrorCode.BAD_REQUEST,
                        "%s is given, but method %s learns from %s%s"
                                .formatted(
                                        given.param(),
                                        method.name(),
                                        wanted,
                                        given == DataShape.TASKS
                                                ? "; for several tasks take multitask or continual"
                                                : "; give that"),
                        shapes.stream().sorted().findFirst().orElseThrow().param()));
        return false;
    }

    @Override
    public Map<String, String> locations(String name, JsonNode options) {
        return locations(method(name), options);
    }

    @Override
    public @Nullable Integer usualSteps(String name, JsonNode options) {
        return usualSteps(method(name), options);
    }

    private static <C> @Nullable Integer usualSteps(FineTuneMethod<C> method, JsonNode options) {
        return method.usualSteps(method.read(new Fields(options)));
    }

    /** The locations of a valid request's method. */
    public Map<String, String> locations(FineTuneRequest request) {
        return locations(request.method().name(), request.method().options());
    }

    private static <C> Map<String, String> locations(FineTuneMethod<C> method, JsonNode options) {
        return method.locations(config(method, options));
    }

    /** What an earlier job's artifact adds to a valid request. */
    public Earlier earlier(FineTuneRequest request, Map<String, Path> folders) {
        return earlier(request.method().name(), request.method().options(), folders);
    }

    /** What an earlier job's artifact adds, for valid options of a method. */
    public Earlier earlier(String name, JsonNode options, Map<String, Path> folders) {
        return earlier(method(name), options, folders);
    }

    private static <C> Earlier earlier(FineTuneMethod<C> method, JsonNode options, Map<String, Path> folders) {
        return method.earlier(config(method, options), folders);
    }

    @Override
    public List<String> owners(String option) {
        return methods.values().stream()
                .filter(method -> {
                    Fields none = new Fields(JsonNodeFactory.instance.objectNode());
                    method.read(none);
                    return none.known().contains(option);
                })
                .map(FineTuneMethod::name)
                .toList();
    }

    /** How the rows of a valid request's data become tokens. */
    public RowEncoder encoder(FineTuneRequest request, TextTokenizer tokenizer) {
        return encoder(method(request.method().name()), request.method().options(), tokenizer);
    }

    private static <C> RowEncoder encoder(FineTuneMethod<C> method, JsonNode options, TextTokenizer tokenizer) {
        return method.encoder(config(method, options), tokenizer);
    }

    /** The training rows that a valid request's method reads. */
    public Draw draw(FineTuneRequest request) {
        return draw(method(request.method().name()), request);
    }

    private static <C> Draw draw(FineTuneMethod<C> method, FineTuneRequest request) {
        return method.draw(
                config(method, request.method().options()), request.training().seed());
    }

    /** Whether a valid request's target rows are read with their labels. */
    public boolean labelledTarget(FineTuneRequest request) {
        return labelledTarget(method(request.method().name()), request.method().options());
    }

    private static <C> boolean labelledTarget(FineTuneMethod<C> method, JsonNode options) {
        return method.labelledTarget(config(method, options));
    }

    /** How data for valid options of a method may be laid out. */
    public Set<DataShape> shapes(String name, JsonNode options) {
        return shapes(method(name), options);
    }

    private static <C> Set<DataShape> shapes(FineTuneMethod<C> method, JsonNode options) {
        return method.shapes(method.read(new Fields(options)));
    }

    /** The texts that a decoder learns a language from, by a valid request. */
    public LanguageTexts texts(FineTuneRequest request) {
        return texts(request.method().name(), request.method().options());
    }

    /** The same for valid options of a method. */
    public LanguageTexts texts(String name, JsonNode options) {
        return texts(method(name), options);
    }

    private static <C> LanguageTexts texts(FineTuneMethod<C> method, JsonNode options) {
        return method.texts(config(method, options));
    }

    /** Whether target rows are read with their labels for valid options of a method. */
    public boolean labelledTarget(String name, JsonNode options) {
        return labelledTarget(method(name), options);
    }

    /** Whether a valid request's rows are read as any other method would. */
    public boolean readsPlainRows(FineTuneRequest request) {
        return readsPlainRows(method(request.method().name()), request.method().options());
    }

    private static <C> boolean readsPlainRows(FineTuneMethod<C> method, JsonNode options) {
        return method.readsPlainRows(config(method, options));
    }

    /** Whether the metrics say how much of earlier tasks was forgotten, for valid options of a method. */
    public boolean measuresForgetting(String name, JsonNode options) {
        return measuresForgetting(method(name), options);
    }

    private static <C> boolean measuresForgetting(FineTuneMethod<C> method, JsonNode options) {
        return method.measuresForgetting(config(method, options));
    }

    /** Valid options of a method as it reads them; equal where they mean the same. */
    public Object options(String name, JsonNode options) {
        return Objects.requireNonNull(method(name).read(new Fields(options)));
    }

    /** The options of a valid request's method whose models may be others than the request's. */
    public Set<String> ofOtherModels(FineTuneRequest request) {
        return ofOtherModels(request.method().name(), request.method().options());
    }

    /** The options whose models may be others than the request's, for valid options of a method. */
    public Set<String> ofOtherModels(String name, JsonNode options) {
        return ofOtherModels(method(name), options);
    }

    private static <C> Set<String> ofOtherModels(FineTuneMethod<C> method, JsonNode options) {
        return method.ofOtherModels(config(method, options));
    }

    /** The locations of the base models of what a valid request's method reads, by the options: see {@link FineTuneMethod#bases}. */
    public Map<String, String> bases(FineTuneRequest request, Map<String, Path> folders) {
        return bases(request.method().name(), request.method().options(), folders);
    }

    /** The same for valid options of a method. */
    public Map<String, String> bases(String name, JsonNode options, Map<String, Path> folders) {
        return bases(method(name), options, folders);
    }

    private static <C> Map<String, String> bases(
            FineTuneMethod<C> method, JsonNode options, Map<String, Path> folders) {
        return method.bases(config(method, options), folders);
    }

    /** What could take the place of a valid request's method in less memory; null: nothing. */
    public @Nullable String lighter(FineTuneRequest request) {
        return lighter(method(request.method().name()), request.method().options());
    }

    private static <C> @Nullable String lighter(FineTuneMethod<C> method, JsonNode options) {
        return method.lighter(config(method, options));
    }

    /** What a valid request asks to be run. */
    public Recipe recipe(FineTuneRequest request) {
        return recipe(method(request.method().name()), request);
    }

    private static <C> Recipe recipe(FineTuneMethod<C> method, FineTuneRequest request) {
        return method.recipe(config(method, request.method().options()), request);
    }

    /**
     * The tuning of a method with one stage, for a method that builds on another.
     *
     * @param inputs of which the request names the method
     */
    public Tuning tuning(Inputs inputs) {
        return recipe(inputs.request()).stages().getFirst().prepare(inputs, List.of());
    }

    @Override
    public @Nullable String model(String name, JsonNode options) {
        return model(method(name), options);
    }

    private static <C> @Nullable String model(FineTuneMethod<C> method, JsonNode options) {
        return method.model(method.read(new Fields(options)));
    }

    private static <C> C config(FineTuneMethod<C> method, JsonNode options) {
        Fields fields = new Fields(options);
        C config = method.read(fields);
        if (!fields.errors().isEmpty()) {
            var error = fields.errors().getFirst();
            throw new JobException(error.code(), error.param(), error.message());
        }
        return config;
    }

    private FineTuneMethod<?> method(@Nullable String name) {
        FineTuneMethod<?> method = methods.get(name);
        if (method == null) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "method.name",
                    Fields.notOneOf("method.name", String.valueOf(name), names()));
        }
        return method;
    }
}
