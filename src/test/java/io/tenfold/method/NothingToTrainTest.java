package io.tenfold.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tenfold.job.Interruption;
import io.tenfold.job.JobEvent;
import io.tenfold.model.ModelHooks;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Networks;
import io.tenfold.train.QuietSink;
import io.tenfold.train.StoppedException;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.TrainingResult;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A method with nothing to train is scored and published all the same. */
class NothingToTrainTest {

    @TempDir
    Path folder;

    @Test
    void itIsScoredOnceAndNoStepIsTaken() throws Exception {
        try (GoldenJob job = job()) {
            QuietSink sink = new QuietSink();
            Tuning tuning = untrained(job);
            TrainingResult result =
                    new TrainingLoop(tuning, job.inputs(), GoldenJob.environment(folder, sink, null)).run();
            assertEquals(0, result.steps());
            assertEquals(0, result.bestStep());
            assertEquals(
                    List.of("evaluated"),
                    sink.events().stream().map(JobEvent::kind).toList());
            assertNotNull(result.metrics().get("accuracy"));
            assertNotNull(result.scored());
            tuning.network().close();
        }
    }

    @Test
    void itsScoringCanBeStopped() throws Exception {
        try (GoldenJob job = job()) {
            Tuning tuning = untrained(job);
            TrainingLoop loop = new TrainingLoop(
                    tuning,
                    job.inputs(),
                    GoldenJob.environment(folder, new QuietSink(Interruption.HAND_OVER, 1), null));
            assertEquals(0, assertThrows(StoppedException.class, loop::run).step());
            tuning.network().close();
        }
    }

    private static GoldenJob job() throws Exception {
        return new GoldenJob("bert", "{\"name\": \"full\"}", "{\"epochs\": 2, \"batch_size\": 8}");
    }

    private static Tuning untrained(GoldenJob job) {
        return Tuning.ofHead(
                job.inputs(), Networks.load(job.inputs(), ModelHooks.NONE), new Parameters(), 1e-3, List.of(), _ -> {});
    }
}
