package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobEvent;
import io.tenfold.train.Inputs;
import io.tenfold.train.Objective;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A step of more tokens than a pass takes. */
class PassesTest {

    private static final String LORA = "{\"name\": \"lora\", \"target_modules\": \"all-linear\"}";
    private static final int ROWS = 192;

    @TempDir
    Path folder;

    /** Tells which rows each pass had. */
    private record Watched(Objective objective, boolean needsWholeBatches, List<Batch> passes) implements Objective {

        @Override
        public NDArray lossSum(Batch batch, boolean training) {
            passes.add(batch);
            return objective.lossSum(batch, training);
        }

        @Override
        public long units(TokenizedSet set, int[] rows) {
            return objective.units(set, rows);
        }
    }

    /** What is told of the only step. */
    private JobEvent.Progress run(String model, TaskType task, boolean whole, List<Batch> passes) throws Exception {
        String training = """
                {"max_steps": 1, "batch_size": %d, "dropout": 0, "learning_rate": 1e-2, "logging_steps": 1, "shuffle": false}""".formatted(ROWS);
        try (GoldenJob job = new GoldenJob(model, task, LORA, training)) {
            int known = job.inputs().training().size();
            int[] repeated = IntStream.range(0, ROWS).map(row -> row % known).toArray();
            Inputs inputs = job.on(job.inputs().training().only(repeated), null);
            Tuning tuning = job.stage().prepare(inputs, List.of());
            QuietSink sink = new QuietSink();
            try (var _ = tuning.network()) {
                new TrainingLoop(
                                tuning.withObjective(new Watched(tuning.objective(), whole, passes)),
                                inputs,
                                GoldenJob.environment(folder, sink, null))
                        .run();
            }
            return sink.events().stream()
                    .filter(JobEvent.Progress.class::isInstance)
                    .map(JobEvent.Progress.class::cast)
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static long tokens(Batch batch) {
        return Arrays.stream(batch.rows()).mapToLong(batch.set()::tokens).sum();
    }

    @ParameterizedTest
    @CsvSource({
        "bert, SEQUENCE_CLASSIFICATION",
        "bert, TOKEN_CLASSIFICATION",
        "language/llama, CAUSAL_LM",
        "language/llama, PREFERENCE"
    })
    void itsGradientsAddUpToThoseOfTheWhole(String model, TaskType task) throws Exception {
        List<Batch> passes = new ArrayList<>();
        JobEvent.Progress cut = run(model, task, false, passes);
        assertTrue(passes.size() > 1, () -> passes.size() + " pass in a step");
        passes.forEach(pass -> assertTrue(tokens(pass) <= 1024));
        assertEquals(ROWS, passes.stream().mapToInt(Batch::size).sum());

        List<Batch> one = new ArrayList<>();
        JobEvent.Progress whole = run(model, task, true, one);
        assertEquals(List.of(ROWS), one.stream().map(Batch::size).toList());
        assertEquals(whole.loss(), cut.loss(), 1e-5);
        assertEquals(1, cut.gradNorm() / whole.gradNorm(), 1e-4);
    }

    @ParameterizedTest
    @CsvSource({"coral, true", "mmd, true", "dann, true", "source_only, false"})
    void rowsOfTwoDomainsBelongTogether(String kind, boolean together) throws Exception {
        String method = "{\"name\": \"domain\", \"kind\": \"%s\"}".formatted(kind);
        try (GoldenJob job = new GoldenJob("bert", method, "{\"max_steps\": 1, \"batch_size\": 8}")) {
            Tuning tuning = job.stage().prepare(job.stage().inputs(job.inputs(), List.of()), List.of());
            try (var _ = tuning.network()) {
                assertEquals(together, tuning.objective().needsWholeBatches());
            }
        }
    }
}
