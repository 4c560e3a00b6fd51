package io.tenfold.worker;

import io.tenfold.data.Conversation;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactAverage;
import io.tenfold.method.ArtifactModels;
import io.tenfold.model.BaseModel;
import io.tenfold.train.Classifier;
import io.tenfold.train.Scoring;
import io.tenfold.train.TrainingSession;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Opens artifacts as a user would. */
@ApplicationScoped
public class Predictor {

    private final ArtifactStore store;
    private final ArtifactModels models;
    private final RunnerConfig config;

    public Predictor(ArtifactStore store, ArtifactModels models, RunnerConfig config) {
        this.store = store;
        this.models = models;
        this.config = config;
    }

    /** What rows call the average of all artifacts. */
    public static final String AVERAGE = "average";

    /** An artifact under the name by which rows choose it. */
    public record NamedArtifact(String name, String location) {}

    /** @param weights what each artifact counts in the average, in their order; empty: all alike */
    public record Averaging(List<Double> weights) {}

    /** An artifact's files under its name. */
    private record Fetched(NamedArtifact artifact, ArtifactFiles files) {}

    /**
     * A row to be labelled.
     *
     * @param text2 null where the task has one text
     * @param use the artifact's name; null: the first
     * @param tokens the text as words, for artifacts that tag them; empty: split at white space
     * @param conversation for artifacts that write: what is said before; null: the text
     */
    public record TextRow(
            String text,
            @Nullable String text2,
            @Nullable String use,
            List<String> tokens,
            @Nullable Conversation conversation) {

        public TextRow(String text, @Nullable String text2, @Nullable String use) {
            this(text, text2, use, List.of(), null);
        }

        List<String> words() {
            return tokens.isEmpty()
                    ? Arrays.stream(text.split("\\s+"))
                            .filter(word -> !word.isEmpty())
                            .toList()
                    : tokens;
        }
    }

    /**
     * What was said of a row.
     *
     * @param label the class; null for a regression
     * @param score the class's probability, or the predicted number
     * @param truncated whether the row had more tokens than the model was trained for
     */
    public record Prediction(int row, @Nullable String label, double score, float[] logits, boolean truncated) {

        static Prediction of(int row, Classifier.Labelled labelled) {
            return new Prediction(row, labelled.label(), labelled.score(), labelled.logits(), labelled.truncated());
        }
    }

    /**
     * Opens artifacts, or a model alone.
     *
     * @param model the base model in place of the one that the artifacts name; alone, a whole model; null: as the artifacts say
     * @param averaging makes an average of all artifacts as well, which then labels rows that name none; null: no average
     * @param part the task or domain of artifacts that have several; null where there is nothing to choose
     * @throws JobException when something is missing or does not fit
     */
    public Opened open(
            List<NamedArtifact> artifacts,
            @Nullable String model,
            @Nullable Averaging averaging,
            @Nullable String part) {
        if (artifacts.isEmpty() && model == null) {
            throw new JobException(ErrorCode.BAD_REQUEST, "artifact", "give an artifact or a model to predict with");
        }
        checkNames(artifacts, averaging);
        Opened opened = new Opened(TrainingSession.open(config.device(), config.threads()), part);
        try {
            List<Fetched> fetched =
                    artifacts.stream().map(artifact -> fetch(artifact, model)).toList();
            refuseUnused(model, fetched);
            if (averaging != null) {
                addAverage(fetched, averaging, opened);
            }
            for (Fetched one : fetched) {
                add(one, opened);
            }
            if (artifacts.isEmpty() && model != null) {
                add(fetch(new NamedArtifact("model", model), null), opened);
            }
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private static void refuseUnused(@Nullable String model, List<Fetched> fetched) {
        if (model != null && !fetched.isEmpty() && fetched.stream().allMatch(one -> one.files.base() == null)) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "model",
                    "the model %s is given as a base, but %s is a whole model and has none; leave one of the two out"
                            .formatted(model, fetched.getFirst().artifact.location()));
        }
    }

    private static void checkNames(List<NamedArtifact> artifacts, @Nullable Averaging averaging) {
        Set<String> names = new HashSet<>(averaging == null ? Set.of() : Set.of(AVERAGE));
        for (NamedArtifact artifact : artifacts) {
            if (!names.add(artifact.name())) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "artifact",
                        "two artifacts are called %s; give each a name of its own".formatted(artifact.name()));
            }
        }
    }

    private Fetched fetch(NamedArtifact artifact, @Nullable String model) {
        return new Fetched(artifact, ArtifactFiles.fetch(artifact.location(), model, store, models));
    }

    private void addAverage(List<Fetched> fetched, Averaging averaging, Opened opened) {
        List<ArtifactAverage.Part> parts = new ArrayList<>();
        for (Fetched one : fetched) {
            if (!Objects.equals(one.files.base(), fetched.getFirst().files.base())) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "average",
                        "%s can't be averaged with %s: the base is %s of the one and %s of the other; average artifacts on one base"
                                .formatted(
                                        one.artifact.name(),
                                        fetched.getFirst().artifact.name(),
                                        one.files.base() == null ? "itself" : one.files.baseLocation(),
                                        fetched.getFirst().files.baseLocation()));
            }
            double weight = averaging.weights.isEmpty() ? 1 : averaging.weights.get(parts.size());
            parts.add(new ArtifactAverage.Part(one.artifact.name(), one.files.folder(), weight));
        }
        try (WorkFolders.Attempt work = WorkFolders.create(config.workDir())) {
            ArtifactAverage.write(parts, work.path(), opened.session().backend());
            Fetched first = fetched.getFirst();
            add(
                    new Fetched(
                            new NamedArtifact(AVERAGE, AVERAGE),
                            new ArtifactFiles(work.path(), first.files.base(), first.files.baseLocation())),
                    opened);
        }
    }

    private void add(Fetched fetched, Opened opened) {
        Path base = fetched.files.base();
        Path folder = fetched.files.folder();
        String location = fetched.artifact.location();
        BaseModel shared = base == null ? null : opened.base(base);
        TextTokenizer tokenizer = base == null
                ? opened.tokenizer(folder, location)
                : opened.tokenizer(base, fetched.files.baseLocation());
        Scoring scoring = models.scoring(
                folder, shared, location, tokenizer, opened.session().backend(), opened.part());
        opened.add(fetched.artifact.name(), scoring, tokenizer, folder);
    }
}
