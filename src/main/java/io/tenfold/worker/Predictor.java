package io.tenfold.worker;

import io.tenfold.checkpoint.Manifest;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.model.BaseModel;
import io.tenfold.train.Classifier;
import io.tenfold.train.Scoring;
import io.tenfold.train.TrainingSession;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens artifacts as a user would, and labels texts with them. */
@ApplicationScoped
public class Predictor {

    /** What an artifact's folder may hold that we can use. */
    static final List<String> ARTIFACT_FILES = List.of(
            "adapter_config.json",
            "adapter_model.safetensors",
            "adapter.safetensors",
            "head_config.json",
            "model_head.safetensors",
            "prompt_config.json",
            "metrics.json",
            "request.json",
            "config.json",
            "model.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "vocab.txt",
            "vocab.json",
            "merges.txt");

    private final ArtifactStore store;
    private final ArtifactModels models;
    private final RunnerConfig config;

    public Predictor(ArtifactStore store, ArtifactModels models, RunnerConfig config) {
        this.store = store;
        this.models = models;
        this.config = config;
    }

    /** An artifact under the name by which rows choose it. */
    public record NamedArtifact(String name, String location) {}

    /**
     * A row to be labelled.
     *
     * @param text2 null where the task has one text
     * @param use the artifact's name; null: the first
     */
    public record TextRow(
            String text, @Nullable String text2, @Nullable String use) {}

    /**
     * What was said of a row.
     *
     * @param label the class; null for a regression
     * @param score the class's probability, or the predicted number
     * @param truncated whether the row had more tokens than the model was trained for
     */
    public record Prediction(int row, @Nullable String label, double score, float[] logits, boolean truncated) {}

    /** Opened artifacts. To be closed. */
    public static final class Opened implements AutoCloseable {

        private final TrainingSession session;
        private final Map<String, Classifier> classifiers = new LinkedHashMap<>();
        private final Map<Path, BaseModel> bases = new HashMap<>();

        private Opened(TrainingSession session) {
            this.session = session;
        }

        /**
         * Labels rows, each with the artifact it names.
         *
         * @throws JobException bad_request for a row that names an artifact which was not opened
         */
        public List<Prediction> predict(List<TextRow> rows) {
            Map<String, List<Integer>> byArtifact = new LinkedHashMap<>();
            for (int i = 0; i < rows.size(); i++) {
                String use = rows.get(i).use();
                String name = use == null ? classifiers.keySet().iterator().next() : use;
                byArtifact.computeIfAbsent(name, _ -> new ArrayList<>()).add(i);
            }
            Prediction[] predictions = new Prediction[rows.size()];
            byArtifact.forEach((name, chosen) -> {
                List<Classifier.Row> texts = chosen.stream()
                        .map(i -> new Classifier.Row(
                                rows.get(i).text(), rows.get(i).text2()))
                        .toList();
                List<Classifier.Labelled> labelled = classifier(name).label(texts);
                for (int i = 0; i < labelled.size(); i++) {
                    Classifier.Labelled one = labelled.get(i);
                    int row = chosen.get(i);
                    predictions[row] = new Prediction(row, one.label(), one.score(), one.logits(), one.truncated());
                }
            });
            return List.of(predictions);
        }

        private Classifier classifier(String name) {
            Classifier classifier = classifiers.get(name);
            if (classifier == null) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "use",
                        "no artifact is called %s; there are %s"
                                .formatted(name, String.join(", ", classifiers.keySet())));
            }
            return classifier;
        }

        @Override
        public void close() {
            classifiers.values().forEach(Classifier::close);
            bases.values().forEach(BaseModel::close);
            session.close();
        }
    }

    /**
     * Opens artifacts, or a model alone.
     *
     * @param model the base model in place of the one that the artifacts name; alone, a whole model; null: as the artifacts say
     * @throws JobException when something is missing or does not fit
     */
    public Opened open(List<NamedArtifact> artifacts, @Nullable String model) {
        if (artifacts.isEmpty() && model == null) {
            throw new JobException(ErrorCode.BAD_REQUEST, "artifact", "give an artifact or a model to predict with");
        }
        Opened opened = new Opened(TrainingSession.open(config.device(), config.threads()));
        try {
            for (NamedArtifact artifact : artifacts) {
                opened.classifiers.put(artifact.name(), classifier(artifact.location(), model, opened));
            }
            if (artifacts.isEmpty() && model != null) {
                opened.classifiers.put("model", classifier(model, null, opened));
            }
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private Classifier classifier(String location, @Nullable String model, Opened opened) {
        TrainingSession session = opened.session;
        try {
            String resolved = Manifest.resolve(store, location).folder();
            Path artifact = store.fetchFolder(resolved, ARTIFACT_FILES);
            Optional<String> baseLocation = models.baseLocation(artifact);
            if (baseLocation.isEmpty()) {
                return classifier(artifact, null, TextTokenizer.open(artifact, location), location, session);
            }
            String base = model == null ? baseLocation.get() : model;
            Path folder = new JobInputs(store).model(base, "model");
            BaseModel shared =
                    opened.bases.computeIfAbsent(folder, _ -> ArtifactModels.base(folder, session.backend()));
            return classifier(artifact, shared, TextTokenizer.open(folder, base), location, session);
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_MODEL, location, String.valueOf(e.getMessage()), e);
        }
    }

    private Classifier classifier(
            Path artifact, @Nullable BaseModel base, TextTokenizer tokenizer, String location, TrainingSession session) {
        try {
            Scoring scoring = models.scoring(artifact, base, location, tokenizer, session.backend());
            return Classifier.of(scoring, tokenizer, artifact, session);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }
}
