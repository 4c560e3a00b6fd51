package io.tenfold.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.data.Columns;
import io.tenfold.data.DataFile;
import io.tenfold.data.Draw;
import io.tenfold.data.LanguagePreparation;
import io.tenfold.data.Preparation;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.Targets;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.RequestReader;
import io.tenfold.method.adapter.AdapterHubOpener;
import io.tenfold.method.adapter.AdapterMethod;
import io.tenfold.method.adapter.Ia3Opener;
import io.tenfold.method.compare.CompareMethod;
import io.tenfold.method.continual.ContinualMethod;
import io.tenfold.method.distillation.DistillationMethod;
import io.tenfold.method.domain.DomainMethod;
import io.tenfold.method.full.FullMethod;
import io.tenfold.method.lora.LoraMethod;
import io.tenfold.method.multitask.MultitaskMethod;
import io.tenfold.method.partial.PartialMethod;
import io.tenfold.method.prefix.PrefixMethod;
import io.tenfold.method.prompt.HardArtifact;
import io.tenfold.method.prompt.PromptMethod;
import io.tenfold.model.BaseModel;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.train.Checkpointing;
import io.tenfold.train.Inputs;
import io.tenfold.train.Late;
import io.tenfold.train.Stage;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A small job on a golden model: the pipeline from request and data file to the loop, without store and database. */
public final class GoldenJob implements AutoCloseable {

    public static final Path GOLDEN = Path.of("src/test/resources/golden");

    private static final String TEXTS = "bert/curve.tsv";
    private static final String TAGS = "bert-tokens/tags.jsonl";
    private static final String ANSWERS = "language/rows.jsonl";
    private static final String PAIRS = "preference/rows.jsonl";
    private static final ObjectMapper JSON = new ObjectMapper();

    // One thread: for models this small more only wait for each other.
    private final Backend backend = Backend.open("cpu", 1);
    private final TextTokenizer tokenizer;
    private final FineTuneRequest request;
    private final Inputs inputs;
    private final Path folder;
    private final Path work;
    private final @Nullable TaskRows target;
    private @Nullable BaseModel base;
    private final MethodRegistry methods = allMethods();

    /** Every method there is. */
    public static MethodRegistry allMethods() {
        Late<MethodRegistry> registry = new Late<>();
        registry.set(new MethodRegistry(List.of(
                new AdapterMethod(),
                new CompareMethod(registry::get),
                new DistillationMethod(registry::get, allModels()),
                new ContinualMethod(registry::get, GoldenJob::allModels),
                new DomainMethod(registry::get),
                new FullMethod(),
                new LoraMethod(),
                new MultitaskMethod(),
                new PartialMethod(),
                new PrefixMethod(),
                new PromptMethod())));
        return registry.get();
    }

    /** What opens every method's artifacts. */
    public static ArtifactModels allModels() {
        return new ArtifactModels(List.of(
                new AdapterHubOpener(),
                new HardArtifact(),
                new Ia3Opener(),
                new LoraMethod(),
                new PrefixMethod(),
                new PromptMethod()));
    }

    /**
     * @param model a golden model's folder
     * @param method JSON of the method
     * @param training JSON of the training options
     */
    public GoldenJob(String model, String method, String training) throws IOException {
        this(model, TaskType.SEQUENCE_CLASSIFICATION, method, training);
    }

    /** The same for another task: {@code bert-tokens/tags.jsonl} is tagged, or {@code language/rows.jsonl} answered. */
    public GoldenJob(String model, TaskType task, String method, String training) throws IOException {
        this(model, JSON.createObjectNode().put("type", task.wire()), method, training);
    }

    /**
     * The same.
     *
     * @param task the request's; of preferences there is {@code preference/rows.jsonl}
     */
    public GoldenJob(String model, JsonNode task, String method, String training) throws IOException {
        String data = "file:"
                + switch (task.path("type").asText()) {
                    case "token_classification" -> TAGS;
                    case "causal_lm" -> ANSWERS;
                    case "preference" -> PAIRS;
                    default -> TEXTS;
                };
        ObjectNode body = JSON.createObjectNode();
        if (!JSON.readTree(method).has("student_layers")) {
            body.put("model", "file:" + model);
        }
        body.put("output", "file:out");
        body.set("task", task);
        body.set("method", JSON.readTree(method));
        ObjectNode rowsAt = body.putObject("data");
        (method.contains("continual") ? rowsAt.putArray("tasks").addObject().put("name", "one") : rowsAt)
                .put("train", data)
                .put("validation", data);
        boolean twoDomains = body.at("/method/name").asText().equals("domain");
        if (twoDomains) {
            ((ObjectNode) body.get("data"))
                    .putObject("target")
                    .put("train", data)
                    .put("validation", data);
        }
        body.set("training", JSON.readTree(training));
        request = new RequestReader(methods, locationsAreFine()).readValid(body, model);
        folder = GOLDEN.resolve(model);
        tokenizer = TextTokenizer.open(folder, model);
        RowEncoder encoder = methods.encoder(request, tokenizer);
        TokenizedSet rows = rows(encoder);
        Draw draw = methods.draw(request);
        TokenizedSet chosen = draw.perClass() == 0 ? rows : rows(encoder, draw);
        List<String> labels = rows.targets().labels();
        work = Files.createTempDirectory("golden-job");
        TaskRows.Texts texts =
                twoDomains && rows.targets() instanceof Targets.Language ? new TaskRows.Texts(rows, null) : null;
        TaskRows all = new TaskRows(name(), request.task(), labels, chosen, rows, texts);
        target = twoDomains ? new TaskRows("target", request.task(), labels, rows, rows, texts) : null;
        inputs = inputs(folder, all, work);
    }

    private String name() {
        return request.data().tasks().getFirst().name();
    }

    /** Locations of golden tests are files on this machine. */
    private Map<String, Path> folders() {
        Map<String, Path> folders = new LinkedHashMap<>();
        methods.locations(request).forEach((option, location) -> folders.put(option, path(location)));
        methods.bases(request, Map.copyOf(folders))
                .forEach((option, location) -> folders.put(option + ".base", path(location)));
        return folders;
    }

    private static Path path(String location) {
        return location.startsWith("file:") ? Path.of(location.substring("file:".length())) : GOLDEN.resolve(location);
    }

    /** All rows of the data file. */
    public TokenizedSet rows(RowEncoder encoder) {
        return rows(encoder, Draw.ALL);
    }

    private TokenizedSet rows(RowEncoder encoder, Draw draw) {
        String file = request.data().train().substring("file:".length());
        DataFile data = DataFile.of(GOLDEN.resolve(file), file, "data.train", null);
        Columns columns = Columns.of(request.data().columns(), "data.columns");
        Targets targets = Targets.of(request.task());
        Preparation preparation = new Preparation(
                encoder, request.training().maxLength(), request.training().tooLong(), 8);
        LanguagePreparation language = new LanguagePreparation(
                preparation, tokenizer, null, request.task().trainOn());
        return switch (targets) {
            case Targets.Language _ -> language.set(data, columns);
            case Targets.Preference _ -> language.preferences(data, columns);
            default -> preparation.training(data, columns, targets, draw);
        };
    }

    /** The reader asks a store only whether locations are well formed. */
    public static ArtifactStore locationsAreFine() {
        return (ArtifactStore) Proxy.newProxyInstance(
                ArtifactStore.class.getClassLoader(), new Class<?>[] {ArtifactStore.class}, (_, _, _) -> null);
    }

    public Inputs inputs() {
        return inputs;
    }

    private Inputs inputs(Path model, TaskRows rows, Path folderForFiles) {
        return new Inputs(
                request, model, tokenizer, List.of(rows), target, Map.of(), folders(), folderForFiles, backend, null);
    }

    /** The same on other rows. */
    public Inputs on(@Nullable TokenizedSet training, @Nullable TokenizedSet validation) {
        return inputs.of(new TaskRows(
                name(),
                request.task(),
                inputs.labels(),
                training,
                validation,
                inputs.task().texts()));
    }

    /** The same without a validation set: the weights of the last step are kept, not those of the best. */
    public Inputs unscored() {
        return on(inputs.training(), null);
    }

    /** The same with a model folder that has the configuration alone: whoever reads a weight fails. */
    public Inputs withoutWeights(Path emptyFolder) throws IOException {
        Files.copy(folder.resolve("config.json"), emptyFolder.resolve("config.json"));
        return inputs(
                emptyFolder,
                new TaskRows(
                        name(),
                        request.task(),
                        inputs.labels(),
                        inputs.training(),
                        null,
                        inputs.task().texts()),
                emptyFolder);
    }

    /** The first stage. */
    public Stage stage() {
        return methods.recipe(request).stages().getFirst();
    }

    public MethodRegistry methods() {
        return methods;
    }

    public FineTuneRequest request() {
        return request;
    }

    public Backend backend() {
        return backend;
    }

    /** The network of an artifact that a job on this model left; its base lives as long as this. */
    public Network open(Path artifact) {
        ArtifactModels models = allModels();
        boolean onABase = models.baseLocation(artifact).isPresent();
        if (onABase && base == null) {
            base = ArtifactModels.base(folder, backend);
        }
        BaseModel own = onABase ? base : null;
        // The network of a task among several is opened with its way of scoring.
        return name().isEmpty() || !ArtifactModels.hasParts(artifact)
                ? models.open(artifact, own, artifact.toString(), backend)
                : models.scoring(artifact, own, artifact.toString(), tokenizer, backend, name())
                        .network();
    }

    /** The loop's environment in a fresh folder below {@code folder}. */
    public static TrainingLoop.Environment environment(
            Path folder, io.tenfold.job.ProgressSink sink, @Nullable Path resumeFrom) throws IOException {
        Path work = Files.createTempDirectory(folder, "loop");
        return new TrainingLoop.Environment(null, 0, null, sink, new KeptHere(), work, resumeFrom, null, null);
    }

    /** Checkpoints stay in the folders that they were written to. */
    private static final class KeptHere implements Checkpointing {

        @Override
        public String store(@Nullable String stage, long step, Path folder, double seconds) {
            return folder.toString();
        }

        @Override
        public String keep(int number, Path folder) {
            return folder.toString();
        }

        @Override
        public void bring(String location, Path folder) {
            try (Stream<Path> files = Files.walk(Path.of(location))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Path target =
                            folder.resolve(Path.of(location).relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        try {
            try (Stream<Path> files = Files.walk(work)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        tokenizer.close();
        if (base != null) {
            base.close();
        }
        backend.close();
    }
}
