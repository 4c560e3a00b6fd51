package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import io.tenfold.data.Batch;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.train.Inputs;
import io.tenfold.train.Objective;
import io.tenfold.train.QuietSink;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
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

    private TrainingResult run(
            String model, TaskType task, int batch, int accumulation, boolean whole, List<Batch> passes)
            throws Exception {
        String training = """
                {"max_steps": 3, "batch_size": %d, "gradient_accumulation_steps": %d, "dropout": 0, "learning_rate": 1e-2,
                 "logging_steps": 1, "shuffle": false}""".formatted(batch, accumulation);
        try (GoldenJob job = new GoldenJob(model, task, LORA, training)) {
            int known = job.inputs().training().size();
            int[] repeated = IntStream.range(0, ROWS).map(row -> row % known).toArray();
            Inputs inputs = job.on(job.inputs().training().only(repeated), null);
            Tuning tuning = job.stage().prepare(inputs, List.of());
            try (var _ = tuning.network()) {
                return new TrainingLoop(
                                tuning.withObjective(new Watched(tuning.objective(), whole, passes)),
                                inputs,
                                GoldenJob.environment(folder, new QuietSink(), null))
                        .run();
            }
        }
    }

    private static long tokens(Batch batch) {
        return Arrays.stream(batch.rows()).mapToLong(batch.set()::tokens).sum();
    }

    @ParameterizedTest
    @CsvSource({"bert, SEQUENCE_CLASSIFICATION", "language/llama, CAUSAL_LM"})
    void itsGradientsAddUpToThoseOfTheBatch(String model, TaskType task) throws Exception {
        List<Batch> passes = new ArrayList<>();
        TrainingResult cut = run(model, task, ROWS, 1, false, passes);
        TrainingResult small = run(model, task, ROWS / 12, 12, false, new ArrayList<>());
        assertTrue(passes.size() > 3, () -> passes.size() + " passes in 3 steps");
        passes.forEach(pass -> assertTrue(tokens(pass) <= 1024));
        assertEquals(3 * ROWS, passes.stream().mapToInt(Batch::size).sum());
        for (int i = 0; i < 3; i++) {
            assertEquals(small.curve().get(i).loss(), cut.curve().get(i).loss(), 1e-5);
        }
    }

    @Test
    void rowsThatBelongTogetherStayTogether() throws Exception {
        List<Batch> passes = new ArrayList<>();
        run("bert", TaskType.SEQUENCE_CLASSIFICATION, ROWS, 1, true, passes);
        assertEquals(List.of(ROWS, ROWS, ROWS), passes.stream().map(Batch::size).toList());
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
