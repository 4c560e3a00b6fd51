package io.tenfold.method.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tenfold.data.TokenizedSet;
import io.tenfold.job.Interruption;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.GoldenJob;
import io.tenfold.model.BaseModel;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.Predictions;
import io.tenfold.train.QuietSink;
import io.tenfold.train.Scored;
import io.tenfold.train.Scoring;
import io.tenfold.train.StoppedException;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What hard prompts owe as a method, zero-shot and trained. */
class HardPromptTest {

    private static final List<String> TEMPLATES =
            List.of("{text} It was about [MASK].", "[MASK]: {text}", "About [MASK], \"{text}\"");
    private static final Map<String, List<String>> WORDS = new LinkedHashMap<>(
            Map.of("food", List.of("soup", "bread"), "travel", List.of("train"), "weather", List.of("rain", "cold")));
    private static final Map<String, List<String>> LONG_WORDS = new LinkedHashMap<>(
            Map.of("food", List.of("soup", "soups"), "travel", List.of("trainrain"), "weather", List.of("rain")));
    private static final String TRAINING = """
            {"max_steps": 12, "batch_size": 4, "gradient_accumulation_steps": 2, "learning_rate": 5e-3, "eval_steps": 5,
             "logging_steps": 1, "seed": 7, "eval_batch_size": 8}""";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", ", \"calibrate\": true"})
    void everyTemplateIsScoredAndTheBestIsKeptAndNothingMoves(String more) throws Exception {
        try (Run run = new Run("bert-mlm", TEMPLATES, WORDS, more)) {
            Map<String, byte[]> before = run.bytes();
            TrainingResult result = run.loop(new QuietSink(), null).run();
            assertEquals(0, result.steps());
            assertEquals(0, run.tuning.trained().count());
            List<Map<String, Object>> scores = templates(result);
            assertEquals(
                    TEMPLATES, scores.stream().map(own -> own.get("template")).toList());
            double best = scores.stream()
                    .mapToDouble(own -> (double) Objects.requireNonNull(own.get("accuracy")))
                    .max()
                    .orElseThrow();
            List<Map<String, Object>> kept = scores.stream()
                    .filter(own -> Objects.requireNonNull(own.get("kept")).equals(true))
                    .toList();
            assertEquals(1, kept.size());
            assertEquals(best, kept.getFirst().get("accuracy"));
            assertEquals(best, result.metrics().get("accuracy"));
            before.forEach((name, bytes) -> assertArrayEquals(bytes, run.bytes().get(name), name));
        }
    }

    @Test
    void anEnsembleIsTheMeanOfTheTemplatesProbabilities() throws Exception {
        float[][][] each = new float[TEMPLATES.size()][][];
        for (int i = 0; i < each.length; i++) {
            try (Run run = new Run("bert-mlm", List.of(TEMPLATES.get(i)), WORDS, "")) {
                each[i] = run.predictions(run.loop(new QuietSink(), null).run());
            }
        }
        try (Run run = new Run("bert-mlm", TEMPLATES, WORDS, ", \"select\": \"ensemble\"")) {
            TrainingResult result = run.loop(new QuietSink(), null).run();
            float[][] together = run.predictions(result);
            theTuningsOwnPassGives(together, run);
            for (int row = 0; row < together.length; row++) {
                for (int label = 0; label < 3; label++) {
                    int at = row;
                    int of = label;
                    double mean = Stream.of(each)
                            .mapToDouble(one -> Math.exp(one[at][of]))
                            .average()
                            .orElseThrow();
                    assertEquals(mean, Math.exp(together[row][label]), 1e-5);
                }
            }
            assertTrue(templates(result).stream()
                    .allMatch(own -> Objects.requireNonNull(own.get("kept")).equals(true)));
        }
    }

    @Test
    void theTuningsOwnPassIsCalibratedAsTheScoresAre() throws Exception {
        try (Run run = new Run("bert-mlm", TEMPLATES, WORDS, ", \"calibrate\": true")) {
            theTuningsOwnPassGives(
                    run.predictions(run.loop(new QuietSink(), null).run()), run);
        }
    }

    private static void theTuningsOwnPassGives(float[][] expected, Run run) {
        TokenizedSet rows = Objects.requireNonNull(run.job.inputs().validation());
        float[][] own = Predictions.of(run.tuning.forward(), rows, 5, run.job.backend(), _ -> {})
                .logits();
        for (int row = 0; row < expected.length; row++) {
            assertArrayEquals(expected[row], own[row], 1e-5f, "row " + row);
        }
    }

    @ParameterizedTest
    @CsvSource({"bert-mlm,best", "bert-mlm,ensemble", "distilbert-mlm,best", "bert-mlm-old,ensemble"})
    void aPromptWithoutTrainingIsOneSmallFileThatGivesTheSameScores(String model, String select) throws Exception {
        String more = ", \"calibrate\": true, \"select\": \"%s\"".formatted(select);
        try (Run run = new Run(model, TEMPLATES, LONG_WORDS, more)) {
            float[][] expected = run.predictions(run.loop(new QuietSink(), null).run());
            Path artifact = folder.resolve("artifact");
            run.tuning.writer().write(artifact);
            assertEquals(List.of("prompt.json"), names(artifact));
            assertTrue(Files.size(artifact.resolve("prompt.json")) < 3_000);
            ArtifactModels models = new ArtifactModels(List.of(new PromptMethod(), new HardArtifact()));
            assertEquals("file:" + model, models.baseLocation(artifact).orElseThrow());
            assertEquals(
                    run.tuning.network().hiddenSize(), HardFile.read(artifact).hiddenSize());
            assertEquals(run.tuning.network().layers(), HardFile.read(artifact).layers());
            try (BaseModel base = ArtifactModels.base(GoldenJob.GOLDEN.resolve(model), run.job.backend())) {
                run.gives(expected, models, artifact, base);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"bert-mlm,best", "distilbert-mlm,ensemble", "bert-mlm-old,best"})
    void aTrainedPromptIsAWholeModelThatGivesTheSameScores(String model, String select) throws Exception {
        String more = ", \"shots\": 4, \"calibrate\": true, \"select\": \"%s\"".formatted(select);
        try (Run run = new Run(model, TEMPLATES, WORDS, more)) {
            run.loop(new QuietSink(), null).run();
            float[][] published = run.score();
            run.tuning.hooks().best();
            Path artifact = folder.resolve("artifact");
            run.tuning.writer().write(artifact);
            assertTrue(names(artifact)
                    .containsAll(List.of("config.json", "model.safetensors", "prompt.json", "tokenizer.json")));
            ArtifactModels models = new ArtifactModels(List.of(new PromptMethod(), new HardArtifact()));
            assertTrue(models.baseLocation(artifact).isEmpty());
            run.gives(published, models, artifact, null);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"best", "ensemble"})
    void lossFalls(String select) throws Exception {
        String training =
                "{\"max_steps\": 30, \"batch_size\": 8, \"learning_rate\": 1e-3, \"dropout\": 0, \"logging_steps\": 1}";
        String more = ", \"shots\": 6, \"select\": \"%s\"".formatted(select);
        try (Run run = new Run("bert-mlm", TEMPLATES, WORDS, more, training)) {
            TrainingResult result = run.loop(new QuietSink(), null).run();
            double first = result.curve().getFirst().loss();
            double last = result.curve().getLast().loss();
            assertTrue(last < first - 0.2, "loss went from %f to %f".formatted(first, last));
            assertEquals(
                    run.tuning.network().parameters().size(),
                    run.tuning.trained().size());
            assertEquals(run.tuning.trained().size(), run.tuning.methodParameters());
        }
    }

    @Test
    void anInterruptedRunEndsWithTheBytesOfOneThatNeverStopped() throws Exception {
        String more = ", \"shots\": 5, \"calibrate\": true";
        Path straight = folder.resolve("straight");
        Path resumed = folder.resolve("resumed");
        try (Run run = new Run("bert-mlm", TEMPLATES, WORDS, more)) {
            run.publish(run.loop(new QuietSink(), null).run(), straight);
        }
        Path checkpoint;
        try (Run run = new Run("bert-mlm", TEMPLATES, WORDS, more)) {
            QuietSink sink = new QuietSink(Interruption.HAND_OVER, 9);
            StoppedException stopped = assertThrows(
                    StoppedException.class, () -> run.loop(sink, null).run());
            checkpoint = Path.of(String.valueOf(stopped.checkpointUri()));
        }
        try (Run run = new Run("bert-mlm", TEMPLATES, WORDS, more)) {
            run.publish(run.loop(new QuietSink(), checkpoint).run(), resumed);
        }
        for (String file : List.of("model.safetensors", "prompt.json")) {
            assertArrayEquals(
                    Files.readAllBytes(straight.resolve(file)), Files.readAllBytes(resumed.resolve(file)), file);
        }
    }

    @Test
    void accumulationGivesTheStepOfTheLargeBatch() throws Exception {
        String accumulated = "{\"max_steps\": 6, \"batch_size\": 3, \"gradient_accumulation_steps\": 3, \"dropout\": 0,"
                + " \"learning_rate\": 1e-3, \"logging_steps\": 1, \"shuffle\": false}";
        String whole =
                accumulated.replace("\"batch_size\": 3, \"gradient_accumulation_steps\": 3", "\"batch_size\": 9");
        try (Run small = new Run("bert-mlm", TEMPLATES, WORDS, ", \"shots\": 6", accumulated);
                Run large = new Run("bert-mlm", TEMPLATES, WORDS, ", \"shots\": 6", whole)) {
            TrainingResult a = small.loop(new QuietSink(), null).run();
            TrainingResult b = large.loop(new QuietSink(), null).run();
            for (int i = 0; i < a.curve().size(); i++) {
                assertEquals(b.curve().get(i).loss(), a.curve().get(i).loss(), 1e-5);
            }
        }
    }

    @Test
    void theSeedDrawsSoManyRowsOfEachClass() throws Exception {
        assertArrayEquals(drawn(1), drawn(1));
        assertFalse(Arrays.equals(drawn(1), drawn(2)));
    }

    private long[] drawn(int seed) throws Exception {
        String training = "{\"max_steps\": 1, \"seed\": %d}".formatted(seed);
        try (Run run = new Run("bert-mlm", List.of(TEMPLATES.getFirst()), WORDS, ", \"shots\": 3", training)) {
            TokenizedSet set = run.job.inputs().training();
            for (int label = 0; label < 3; label++) {
                int of = label;
                assertEquals(
                        3,
                        IntStream.range(0, set.size())
                                .filter(row -> set.label(row) == of)
                                .count());
            }
            return IntStream.range(0, set.size()).mapToLong(set::line).toArray();
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> templates(TrainingResult result) {
        return (List<Map<String, Object>>)
                Objects.requireNonNull(result.metrics().get("templates"));
    }

    private static List<String> names(Path artifact) throws IOException {
        try (Stream<Path> files = Files.list(artifact)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** A job on a golden model, prepared. */
    private final class Run implements AutoCloseable {

        final GoldenJob job;
        final Tuning tuning;

        Run(String model, List<String> templates, Map<String, List<String>> words, String more) throws Exception {
            this(model, templates, words, more, TRAINING);
        }

        Run(String model, List<String> templates, Map<String, List<String>> words, String more, String training)
                throws Exception {
            job = new GoldenJob(model, HardGolden.method(templates, words, more), training);
            tuning = job.stage().prepare(job.inputs(), List.of());
        }

        TrainingLoop loop(QuietSink sink, @Nullable Path resume) throws Exception {
            return new TrainingLoop(tuning, job.inputs(), GoldenJob.environment(folder, sink, resume));
        }

        /** Of the published weights, as a session scores them where the loop has not. */
        float[][] predictions(TrainingResult result) {
            Scored made = result.scored();
            return made == null ? score() : logits(made);
        }

        float[][] score() {
            return logits(Objects.requireNonNull(tuning.ownEvaluator()).score(_ -> {}));
        }

        private static float[][] logits(Scored scored) {
            return ((Predictions) scored.sets().getFirst().predicted()).logits();
        }

        void publish(TrainingResult result, Path artifact) {
            if (result.scored() == null) {
                score();
                tuning.hooks().best();
            }
            tuning.writer().write(artifact);
        }

        void gives(float[][] expected, ArtifactModels models, Path artifact, @Nullable BaseModel base) {
            Scoring scoring =
                    models.scoring(artifact, base, "artifact", job.inputs().tokenizer(), job.backend(), null);
            assertEquals(job.inputs().labels(), scoring.head().labels());
            assertFalse(scoring.head().regression());
            TokenizedSet rows = job.rows(scoring.encoder());
            float[][] again = Predictions.of(scoring.forward(), rows, 5, job.backend(), _ -> {})
                    .logits();
            for (int row = 0; row < expected.length; row++) {
                assertArrayEquals(expected[row], again[row], 1e-5f, "row " + row);
            }
            scoring.network().close();
        }

        Map<String, byte[]> bytes() {
            Map<String, byte[]> bytes = new LinkedHashMap<>();
            for (Parameter parameter : tuning.network().parameters()) {
                bytes.put(parameter.name(), parameter.value().toByteArray());
            }
            return bytes;
        }

        @Override
        public void close() {
            tuning.network().close();
            job.close();
        }
    }
}
