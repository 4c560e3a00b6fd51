package io.tenfold.worker;

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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Opens artifacts as a user would, and labels texts with them. */
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
     */
    public record TextRow(
            String text, @Nullable String text2, @Nullable String use, List<String> tokens) {

        public TextRow(String text, @Nullable String text2, @Nullable String use) {
            this(text, text2, use, List.of());
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

    /** Opened artifacts. To be closed. */
    public static final class Opened implements AutoCloseable {

        private final TrainingSession session;
        private final Map<String, Classifier> classifiers = new LinkedHashMap<>();
        private final Map<Path, BaseModel> bases = new HashMap<>();
        private final Map<Path, TextTokenizer> tokenizers = new HashMap<>();

        private final @Nullable String part;

        private Opened(TrainingSession session, @Nullable String part) {
            this.session = session;
            this.part = part;
        }

        /**
         * Labels rows, each with the artifact it names.
         *
         * @throws JobException bad_request for a row that names an artifact which was not opened
         */
        public List<Prediction> predict(List<TextRow> rows) {
            List<Classifier.Labelled> labelled = byArtifact(
                    rows,
                    (classifier, chosen) -> classifier.label(chosen.stream()
                            .map(row -> new Classifier.Row(row.text(), row.text2()))
                            .toList()));
            return IntStream.range(0, labelled.size())
                    .mapToObj(row -> Prediction.of(row, labelled.get(row)))
                    .toList();
        }

        /** Tags the words of rows, likewise; only where {@link #tagging}. A row without words is split at white space. */
        public List<TagPrediction> tag(List<TextRow> rows) {
            List<Classifier.Tagged> tagged = byArtifact(
                    rows,
                    (classifier, chosen) ->
                            classifier.tag(chosen.stream().map(TextRow::words).toList()));
            return IntStream.range(0, tagged.size())
                    .mapToObj(row -> TagPrediction.of(row, rows.get(row).words(), tagged.get(row)))
                    .toList();
        }

        /**
         * Whether the artifacts tag words, and do not label texts.
         *
         * @throws JobException bad_request where some do one and some the other
         */
        public boolean tagging() {
            List<String> tagging = classifiers.keySet().stream()
                    .filter(name -> classifier(name).tagging())
                    .toList();
            if (!tagging.isEmpty() && tagging.size() < classifiers.size()) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "artifact",
                        "%s tags words, but others of %s label texts; predict with those of one kind at a time"
                                .formatted(tagging.getFirst(), String.join(", ", classifiers.keySet())));
            }
            return !tagging.isEmpty();
        }

        /** Lets each row's artifact answer, many rows at once; answers in the rows' order. */
        private <T> List<T> byArtifact(List<TextRow> rows, BiFunction<Classifier, List<TextRow>, List<T>> answers) {
            Map<String, List<Integer>> byName = new LinkedHashMap<>();
            for (int i = 0; i < rows.size(); i++) {
                String use = rows.get(i).use();
                String name = use == null ? classifiers.keySet().iterator().next() : use;
                byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(i);
            }
            Map<Integer, T> answered = new TreeMap<>();
            byName.forEach((name, chosen) -> {
                List<T> some = answers.apply(
                        classifier(name), chosen.stream().map(rows::get).toList());
                for (int i = 0; i < some.size(); i++) {
                    answered.put(chosen.get(i), some.get(i));
                }
            });
            return List.copyOf(answered.values());
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

        /** The tokenizer of a model's folder, which is read once. */
        private TextTokenizer tokenizer(Path folder, String location) {
            return tokenizers.computeIfAbsent(folder, _ -> TextTokenizer.open(folder, location));
        }

        /** How many tokenizers there are. */
        int tokenizers() {
            return tokenizers.size();
        }

        /** How many base models are held for all artifacts. */
        int bases() {
            return bases.size();
        }

        @Override
        public void close() {
            classifiers.values().forEach(Classifier::close);
            tokenizers.values().forEach(TextTokenizer::close);
            bases.values().forEach(BaseModel::close);
            session.close();
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
                opened.classifiers.put(AVERAGE, average(fetched, averaging, opened));
            }
            for (Fetched one : fetched) {
                opened.classifiers.put(one.artifact.name(), classifier(one, opened));
            }
            if (artifacts.isEmpty() && model != null) {
                opened.classifiers.put("model", classifier(fetch(new NamedArtifact("model", model), null), opened));
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

    private Classifier average(List<Fetched> fetched, Averaging averaging, Opened opened) {
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
            ArtifactAverage.write(parts, work.path(), opened.session.backend());
            Fetched first = fetched.getFirst();
            return classifier(
                    new Fetched(
                            new NamedArtifact(AVERAGE, AVERAGE),
                            new ArtifactFiles(work.path(), first.files.base(), first.files.baseLocation())),
                    opened);
        }
    }

    private Classifier classifier(Fetched fetched, Opened opened) {
        TrainingSession session = opened.session;
        String location = fetched.artifact.location();
        Path base = fetched.files.base();
        BaseModel shared = base == null
                ? null
                : opened.bases.computeIfAbsent(base, _ -> ArtifactModels.base(base, session.backend()));
        TextTokenizer tokenizer = base == null
                ? opened.tokenizer(fetched.files.folder(), location)
                : opened.tokenizer(base, fetched.files.baseLocation());
        Scoring scoring =
                models.scoring(fetched.files.folder(), shared, location, tokenizer, session.backend(), opened.part);
        return Classifier.of(scoring, fetched.files.folder(), session);
    }
}
