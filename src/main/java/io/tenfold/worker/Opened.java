package io.tenfold.worker;

import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.model.BaseModel;
import io.tenfold.train.Classifier;
import io.tenfold.train.Scoring;
import io.tenfold.train.Speaker;
import io.tenfold.train.TrainingSession;
import io.tenfold.train.writing.Written;
import io.tenfold.worker.Predictor.Prediction;
import io.tenfold.worker.Predictor.TextRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Opened artifacts. To be closed. */
public final class Opened implements AutoCloseable {

    private final TrainingSession session;
    private final @Nullable String part;
    private final Map<String, Kind> kinds = new LinkedHashMap<>();
    private final Map<String, Classifier> classifiers = new HashMap<>();
    private final Map<String, Speaker> speakers = new HashMap<>();
    private final Map<Path, BaseModel> bases = new HashMap<>();
    private final Map<Path, TextTokenizer> tokenizers = new HashMap<>();

    /** What artifacts do. */
    public enum Kind {
        /** {@link #predict}. */
        LABELS("label texts", "labels texts"),
        /** {@link #tag}. */
        TAGS("tag words", "tags words"),
        /** {@link #write}. */
        TEXTS("write texts", "writes texts");

        private final String all;
        private final String one;

        Kind(String all, String one) {
            this.all = all;
            this.one = one;
        }

        /** What an artifact of this kind does: "labels texts". */
        public String does() {
            return one;
        }
    }

    /** @param part the task or domain of artifacts that have several; null where there is nothing to choose */
    Opened(TrainingSession session, @Nullable String part) {
        this.session = session;
        this.part = part;
    }

    TrainingSession session() {
        return session;
    }

    @Nullable
    String part() {
        return part;
    }

    /** Adds an artifact; the first one answers rows that name none. */
    void add(String name, Scoring scoring, TextTokenizer tokenizer, Path folder) {
        if (scoring.head().vocabulary()) {
            kinds.put(name, Kind.TEXTS);
            speakers.put(name, Speaker.of(scoring.network(), tokenizer, folder, session));
        } else {
            Classifier classifier = Classifier.of(scoring, folder, session);
            kinds.put(name, classifier.tagging() ? Kind.TAGS : Kind.LABELS);
            classifiers.put(name, classifier);
        }
    }

    /**
     * Labels rows, each with the artifact it names; only for {@link Kind#LABELS}.
     *
     * @throws JobException bad_request for a row that names an artifact which was not opened
     */
    public List<Prediction> predict(List<TextRow> rows) {
        List<Classifier.Labelled> labelled = byArtifact(
                rows,
                classifiers,
                (classifier, chosen) -> classifier.label(chosen.stream()
                        .map(rows::get)
                        .map(row -> new Classifier.Row(row.text(), row.text2()))
                        .toList()));
        return IntStream.range(0, labelled.size())
                .mapToObj(row -> Prediction.of(row, labelled.get(row)))
                .toList();
    }

    /** Tags the words of rows, likewise; only for {@link Kind#TAGS}. A row without words is split at white space. */
    public List<TagPrediction> tag(List<TextRow> rows) {
        List<Classifier.Tagged> tagged = byArtifact(
                rows,
                classifiers,
                (classifier, chosen) -> classifier.tag(
                        chosen.stream().map(rows::get).map(TextRow::words).toList()));
        return IntStream.range(0, tagged.size())
                .mapToObj(row -> TagPrediction.of(row, rows.get(row).words(), tagged.get(row)))
                .toList();
    }

    /**
     * Writes on from rows, likewise; only for {@link Kind#TEXTS}. What each row gets follows from the seed and its place
     * among the rows of its artifact.
     *
     * @param heard hears the texts while they grow, with the rows' numbers
     */
    public List<WrittenText> write(List<TextRow> rows, Manner manner, ObjIntConsumer<String> heard) {
        List<Written> written = byArtifact(
                rows,
                speakers,
                (speaker, chosen) -> speaker.speak(
                        chosen.stream()
                                .map(row -> new Speaker.Prompt(
                                        row, rows.get(row).text(), rows.get(row).conversation()))
                                .toList(),
                        manner.ofSpeaker(),
                        (place, text) -> heard.accept(text, chosen.get(place))));
        return IntStream.range(0, written.size())
                .mapToObj(row -> WrittenText.of(row, written.get(row)))
                .toList();
    }

    /** The same, and nobody listens. */
    public List<WrittenText> write(List<TextRow> rows, Manner manner) {
        return write(rows, manner, (_, _) -> {});
    }

    /**
     * What the artifacts do.
     *
     * @throws JobException bad_request where some do one thing and some another
     */
    public Kind kind() {
        Kind kind = kinds.values().stream().max(Kind::compareTo).orElseThrow();
        kinds.values().stream().filter(other -> other != kind).findFirst().ifPresent(other -> {
            String name = kinds.keySet().stream()
                    .filter(one -> kinds.get(one) == kind)
                    .findFirst()
                    .orElseThrow();
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "artifact",
                    "%s %s, but others of %s %s; predict with those of one kind at a time"
                            .formatted(name, kind.one, String.join(", ", kinds.keySet()), other.all));
        });
        return kind;
    }

    /** What answers the rows of these numbers, many at once, in their order. */
    @FunctionalInterface
    private interface Answers<A, T> {
        List<T> of(A artifact, List<Integer> rows);
    }

    /** Lets each row's artifact answer, many rows at once; answers in the rows' order. */
    private <A, T> List<T> byArtifact(List<TextRow> rows, Map<String, A> artifacts, Answers<A, T> answers) {
        Map<String, List<Integer>> byName = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            String use = rows.get(i).use();
            String name = use == null ? kinds.keySet().iterator().next() : use;
            byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(i);
        }
        Map<Integer, T> answered = new TreeMap<>();
        byName.forEach((name, chosen) -> {
            List<T> some = answers.of(named(name, artifacts::get), chosen);
            for (int i = 0; i < some.size(); i++) {
                answered.put(chosen.get(i), some.get(i));
            }
        });
        return List.copyOf(answered.values());
    }

    private <A> A named(String name, Function<String, @Nullable A> artifacts) {
        A artifact = artifacts.apply(name);
        if (artifact == null) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "use",
                    "no artifact is called %s; there are %s".formatted(name, String.join(", ", kinds.keySet())));
        }
        return artifact;
    }

    /** A base model, which is read once. */
    BaseModel base(Path folder) {
        return bases.computeIfAbsent(folder, _ -> ArtifactModels.base(folder, session.backend()));
    }

    /** The tokenizer of a model's folder, which is read once. */
    TextTokenizer tokenizer(Path folder, String location) {
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
        speakers.values().forEach(Speaker::close);
        tokenizers.values().forEach(TextTokenizer::close);
        bases.values().forEach(BaseModel::close);
        session.close();
    }
}
