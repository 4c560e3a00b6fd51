package io.tenfold.worker;

import io.tenfold.checkpoint.Manifest;
import io.tenfold.data.Columns;
import io.tenfold.data.DataFile;
import io.tenfold.data.Preparation;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.Splits;
import io.tenfold.data.Targets;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import io.tenfold.job.TrainingOptions;
import io.tenfold.train.TrainingSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.txt",
            "vocab.json",
            "merges.txt");

    private final ArtifactStore store;

    JobInputs(ArtifactStore store) {
        this.store = store;
    }

    /** A model's files. */
    Path model(String location, String param) {
        try {
            Path folder = store.fetchFolder(location, MODEL_FILES);
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
            return store.fetchFolder(Manifest.resolve(store, location).folder(), Predictor.ARTIFACT_FILES);
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_MODEL, param, String.valueOf(e.getMessage()), e);
        }
    }

    private JobException noWeights(String location, String param) {
        boolean pickled = store.list(location).stream()
                .anyMatch(entry ->
                        entry.location().endsWith(".bin") || entry.location().endsWith(".pt"));
        return new JobException(
                ErrorCode.BAD_MODEL,
                param,
                pickled
                        ? "%s has pickled weights (pytorch_model.bin), which can run code when they are opened; convert them: model.save_pretrained(folder, safe_serialization=True)"
                                .formatted(location)
                        : "%s has no model.safetensors and no index of shards; export the model with save_pretrained"
                                .formatted(location));
    }

    /**
     * Model, tokenizer and both splits, tokenized.
     *
     * @param others what the method reads besides, by option
     */
    TrainingSession.Material material(FineTuneRequest request, Map<String, String> others) {
        Path model = model(request.model(), "model");
        Map<String, Path> folders = new LinkedHashMap<>();
        others.forEach((option, location) -> folders.put(option, artifact(location, "method." + option)));
        Path train = data(request.data().train(), "data.train");
        String validationLocation = request.data().validation();
        Path validation = validationLocation == null ? null : data(validationLocation, "data.validation");
        TextTokenizer tokenizer = TextTokenizer.open(model, request.model());
        String format = request.data().format();
        FileSplits splits = new FileSplits(
                request,
                DataFile.of(train, request.data().train(), "data.train", format),
                validation == null || validationLocation == null
                        ? null
                        : DataFile.of(validation, validationLocation, "data.validation", format));
        TokenizedSet training = splits.training(tokenizer);
        TokenizedSet scored = splits.validation(tokenizer, training.targets());
        List<String> labels = training.targets() instanceof Targets.Classes(List<String> names) ? names : List.of("");
        return new TrainingSession.Material(
                request, model, tokenizer, labels, training, scored, splits.known(training.targets()), folders);
    }

    private record FileSplits(
            FineTuneRequest request,
            DataFile train,
            @Nullable DataFile scored) {

        TokenizedSet training(RowEncoder encoder) {
            return preparation(encoder).training(train, columns(), Targets.of(request.task()));
        }

        @Nullable
        TokenizedSet validation(RowEncoder encoder, Targets targets) {
            return scored == null ? null : preparation(encoder).evaluation(scored, columns(), targets);
        }

        private Preparation preparation(RowEncoder encoder) {
            TrainingOptions options = request.training();
            return new Preparation(encoder, options.maxLength(), options.tooLong(), options.batchSize());
        }

        private Columns columns() {
            return Columns.of(request.data().columns(), "data.columns");
        }

        /** Now that the classes' names are known. */
        Splits known(Targets targets) {
            FileSplits files = this;
            return new Splits() {
                @Override
                public TokenizedSet training(RowEncoder encoder) {
                    return files.training(encoder);
                }

                @Override
                public @Nullable TokenizedSet validation(RowEncoder encoder) {
                    return files.validation(encoder, targets);
                }
            };
        }
    }

    private Path data(String location, String param) {
        try {
            return store.fetch(location);
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_DATA, param, String.valueOf(e.getMessage()), e);
        }
    }
}
