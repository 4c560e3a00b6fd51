package io.tenfold.train;

import io.tenfold.job.FineTuneRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What a method does with a request: stages in order, and what becomes of their outcomes. */
public interface Recipe {

    /** At least one. */
    List<Stage> stages();

    /**
     * Says what is published; may add files to its folder.
     *
     * @param done the outcomes of all stages, in order
     */
    default Finish finish(Inputs inputs, List<StageOutcome> done) {
        StageOutcome last = done.getLast();
        return new Finish(last, last.result().metrics(), List.of());
    }

    /**
     * What is published.
     *
     * @param published the stage whose files are the job's artifact
     * @param metrics as the terminal event tells them
     * @param besides further artifacts
     */
    record Finish(StageOutcome published, Map<String, Object> metrics, List<Besides> besides) {}

    /** What a job's recipe came to. */
    record Done(Finish finish, List<StageOutcome> stages) {

        /** The most that any stage took, in bytes. */
        public long peakMemory() {
            return stages.stream()
                    .mapToLong(StageOutcome::peakMemoryBytes)
                    .max()
                    .orElse(0);
        }

        /** Seconds of all stages together. */
        public double seconds(ToDoubleFunction<TrainingResult> of) {
            return stages.stream()
                    .mapToDouble(stage -> of.applyAsDouble(stage.result()))
                    .sum();
        }
    }

    /**
     * A further artifact, below the job's output.
     *
     * @param name such as {@code teacher} or {@code candidates/lora-1}
     * @param request that would have made it alone
     * @param modelFolder the files of the model that it was made on
     */
    record Besides(String name, StageOutcome outcome, FineTuneRequest request, Path modelFolder) {}

    /** Of one stage, which makes the artifact. */
    static Recipe of(Function<Inputs, Tuning> prepare) {
        Stage only = new Stage() {
            @Override
            public @Nullable String name() {
                return null;
            }

            @Override
            public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
                return prepare.apply(inputs);
            }
        };
        return () -> List.of(only);
    }
}
