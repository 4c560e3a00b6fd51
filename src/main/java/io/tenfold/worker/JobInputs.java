package io.tenfold.worker;

import io.tenfold.checkpoint.BaseFingerprint;
import io.tenfold.checkpoint.Manifest;
import io.tenfold.data.DataFile;
import io.tenfold.data.Draw;
import io.tenfold.data.Preparation;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.Targets;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import io.tenfold.job.TrainingOptions;
import io.tenfold.method.Earlier;
import io.tenfold.method.LanguageTexts;
import io.tenfold.method.MethodRegistry;
import io.tenfold.train.Networks;
import io.tenfold.train.TaskRows;
import io.tenfold.train.TrainingSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Brings model and data to this machine and reads the data. */
final class JobInputs {

    /** What a model's folder may hold that we can use. */
    private static final List<String> MODEL_FILES = List.of(
            "config.json",
            "model.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "chat_template.jinja",
            "generation_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.txt",
            "vocab.json",
            "merges.txt");

    /** What an artifact's folder may hold that a job can use: what a prediction needs, and what goes on from it. */
    private static final List<String> FILES_TO_GO_ON_FROM = Stream.concat(
                    ArtifactFiles.NAMES.stream(), Stream.of("continual.json", "continual_state.safetensors"))
            .toList();

    private final ArtifactStore store;
    private final LocalDateTime started;

    /** @param started when the job's first attempt began: the time that chat templates tell in all of them */
    JobInputs(ArtifactStore store, Instant started) {
        this.store = store;
        this.started = LocalDateTime.ofInstant(started, ZoneOffset.UTC);
    }

    /** A model's files. */
    Path model(String location, String param) {
        try {
            // A model may be what an earlier job published.
            Path folder = store.fetchFolder(Manifest.resolve(store, location).folder(), MODEL_FILES);
            if (!Files.exists(folder.resolve("model.safetensors"))
                    && !Files.exists(folder.resolve("model.safetensors.index.json"))) {
                throw noWeights(location, param);
            }
            return folder;
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_MODEL, param, String.valueOf(e.getMessage()), e);
        }
    }

    /** The files of an artifact, or of a model: what can be used of them. */
    private Path artifact(String location, String param) {
        try {
            return store.fetchFolder(Manifest.resolve(store, location).folder(), FILES_TO_GO_ON_FROM);
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_MODEL, param, String.valueOf(e.getMessage()), e);
        }
    }

    /** A model on this machine and where it is from. */
    record Base(Path folder, String location) {}

    /**
     * Refuses an artifact that was made for another base, as far as it tells.
     *
     * @param param of the artifact
     * @param wayOut what to give instead
     * @throws JobException bad_model
     */
    static void refuseOtherBase(Path artifact, Base base, String param, String location, String wayOut) {
        Optional<BaseFingerprint> own = BaseFingerprint.broughtBy(artifact);
        if (own.isEmpty()) {
            return;
        }
        String difference = own.get().difference(BaseFingerprint.of(base.folder()));
        if (!difference.isEmpty()) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    param,
                    "%s was made for another base than %s: %s; %s"
                            .formatted(location, base.location(), difference, wayOut));
        }
    }

    private JobException noWeights(String location, String param) {
        List<String> files =
                store.list(location).stream().map(ArtifactStore.Entry::location).toList();
        if (files.stream().anyMatch(file -> file.endsWith("adapter_config.json"))) {
            return new JobException(
                    ErrorCode.BAD_MODEL,
                    param,
                    "%s is an adapter on a base, and a whole model is needed here; merge the two (method lora with merge), or give a model"
                            .formatted(location));
        }
        boolean pickled = files.stream().anyMatch(file -> file.endsWith(".bin") || file.endsWith(".pt"));
        return new JobException(
                ErrorCode.BAD_MODEL,
                param,
                pickled
                        ? "%s has pickled weights (pytorch_model.bin), which can run code when they are opened; convert them: model.save_pretrained(folder, safe_serialization=True)"
                                .formatted(location)
                        : "%s has no model.safetensors and no index of shards; export the model with save_pretrained"
                                .formatted(location));
    }

    /** Model, tokenizer and all rows, as the request's method reads them. */
    TrainingSession.Material material(FineTuneRequest request, MethodRegistry methods) {
        Map<String, Path> folders = folders(request, methods);
        Earlier earlier = methods.earlier(request, folders);
        String location = earlier.model() == null ? request.model() : earlier.model();
        Base model = new Base(model(location, modelParam(request, methods)), location);
        refuseOtherBases(request, methods, folders, model);
        request.data().tasks().forEach(data -> Networks.checkKind(data.task().type(), model.folder()));
        TextTokenizer tokenizer = TextTokenizer.open(model.folder(), model.location());
        TrainingOptions options = request.training();
        RowReader reader = new RowReader(
                new Preparation(
                        methods.encoder(request, tokenizer),
                        options.maxLength(),
                        options.tooLong(),
                        options.batchSize()),
                tokenizer,
                started);
        Draw draw = methods.draw(request);
        List<TaskRows> tasks = new ArrayList<>();
        List<FineTuneRequest.TaskData> sources = new ArrayList<>(earlier.tasks());
        sources.addAll(request.data().tasks());
        for (FineTuneRequest.TaskData data : earlier.tasks()) {
            tasks.add(earlierRows(data, reader));
        }
        LanguageTexts texts = Networks.isDecoder(model.folder()) ? methods.texts(request) : LanguageTexts.NONE;
        for (FineTuneRequest.TaskData data : request.data().tasks()) {
            tasks.add(rows(data, reader, draw, texts.source()));
        }
        FineTuneRequest.TaskData target = request.data().target();
        return new TrainingSession.Material(
                request,
                model.folder(),
                tokenizer,
                tasks,
                sources,
                target == null
                        ? null
                        : target(target, tasks.getFirst(), reader, methods.labelledTarget(request), texts),
                folders,
                methods.lighter(request));
    }

    /** The field that the model's location is from. */
    private static String modelParam(FineTuneRequest request, MethodRegistry methods) {
        if (methods.model(request.method().name(), request.method().options()) == null) {
            return "model";
        }
        return methods.locations(request).entrySet().stream()
                .filter(option -> option.getValue().equals(request.model()))
                .map(option -> "method." + option.getKey())
                .findFirst()
                .orElse("model");
    }

    /** What the method's options name, and the bases of it. */
    private Map<String, Path> folders(FineTuneRequest request, MethodRegistry methods) {
        Map<String, Path> folders = new LinkedHashMap<>();
        Map<String, String> locations = methods.locations(request);
        locations.forEach((option, location) -> {
            String param = "method." + option;
            folders.put(option, param.endsWith(".model") ? model(location, param) : artifact(location, param));
        });
        methods.bases(request, Map.copyOf(folders)).forEach((option, location) -> {
            String param = "method." + option;
            Path base = model(location, param);
            refuseOtherBase(
                    Objects.requireNonNull(folders.get(option)),
                    new Base(base, location),
                    param,
                    Objects.requireNonNull(locations.get(option)),
                    "bring the model that it was made for back to where it names it");
            folders.put(option + ".base", base);
        });
        return folders;
    }

    private static void refuseOtherBases(
            FineTuneRequest request, MethodRegistry methods, Map<String, Path> folders, Base base) {
        Set<String> others = methods.ofOtherModels(request);
        methods.locations(request).forEach((option, location) -> {
            // What is the model itself was made for another, by its own tuning.
            if (!location.equals(base.location()) && !others.contains(option)) {
                refuseOtherBase(
                        Objects.requireNonNull(folders.get(option)),
                        base,
                        "method." + option,
                        location,
                        "give the model that it was made for as model");
            }
        });
    }

    /** The validation rows of a task that an earlier job learnt. */
    private TaskRows earlierRows(FineTuneRequest.TaskData data, RowReader reader) {
        List<String> labels = data.task().labels();
        return new TaskRows(
                data.name(),
                data.task(),
                labels == null ? List.of("") : labels,
                null,
                validation(data, reader, Targets.of(data.task())));
    }

    private TaskRows rows(FineTuneRequest.TaskData data, RowReader reader, Draw draw, boolean texts) {
        DataFile file = file(data.train(), data, "train");
        TokenizedSet training = reader.training(data, file, draw);
        return new TaskRows(
                data.name(),
                data.task(),
                labels(training),
                training,
                validation(data, reader, training.targets()),
                texts ? reader.texts(data, file, null) : null);
    }

    /**
     * The other domain's rows, with the labels of the first.
     *
     * @param texts what of them a language is learnt from
     */
    private TaskRows target(
            FineTuneRequest.TaskData data, TaskRows source, RowReader reader, boolean labelled, LanguageTexts texts) {
        Targets targets = Objects.requireNonNull(source.training()).targets();
        DataFile file = data.train().isEmpty() ? null : file(data.train(), data, "train");
        String location = data.validation();
        boolean language = targets instanceof Targets.Language;
        return new TaskRows(
                data.name(),
                data.task(),
                source.labels(),
                file == null || !texts.rows()
                        ? null
                        : reader.evaluation(data, file, labelled || language ? targets : new Targets.None()),
                validation(data, reader, targets),
                file == null || !texts.target()
                        ? null
                        : reader.texts(data, file, location == null ? null : file(location, data, "validation")));
    }

    /** The validation rows of a task or domain once more, as another model reads them. */
    TokenizedSet validation(
            FineTuneRequest.TaskData data,
            FineTuneRequest request,
            RowEncoder encoder,
            TextTokenizer tokenizer,
            TaskRows rows) {
        TrainingOptions options = request.training();
        Preparation preparation = new Preparation(encoder, options.maxLength(), options.tooLong(), options.batchSize());
        TokenizedSet known = Objects.requireNonNull(rows.validation());
        return Objects.requireNonNull(
                validation(data, new RowReader(preparation, tokenizer, started), known.targets()));
    }

    private @Nullable TokenizedSet validation(FineTuneRequest.TaskData data, RowReader reader, Targets targets) {
        String location = data.validation();
        return location == null ? null : reader.evaluation(data, file(location, data, "validation"), targets);
    }

    private static List<String> labels(TokenizedSet training) {
        List<String> named = training.targets().labels();
        return named.isEmpty() ? List.of("") : named;
    }

    private DataFile file(String location, FineTuneRequest.TaskData data, String split) {
        String param = data.param() + "." + split;
        return DataFile.of(data(location, param), location, param, data.format());
    }

    private Path data(String location, String param) {
        try {
            return store.fetch(location);
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_DATA, param, String.valueOf(e.getMessage()), e);
        }
    }
}
