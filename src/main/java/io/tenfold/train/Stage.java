package io.tenfold.train;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One training run of a job. Most methods have one; a later one is prepared from the outcomes of earlier ones. */
public interface Stage {

    /** What events call it; null where there is only one. */
    @Nullable
    String name();

    /** The same where the name follows from earlier outcomes. */
    default @Nullable String name(List<StageOutcome> done) {
        return name();
    }

    /** Which of its steps it makes; by default all. */
    default Span span(List<StageOutcome> done) {
        return Span.WHOLE;
    }

    /**
     * Some of a run's steps.
     *
     * @param from the {@link StageOutcome#state} of the stage that made the steps before; null: from the first
     * @param share of all steps, after which it ends; at 1 at the last
     */
    record Span(@Nullable Path from, double share) {
        /** From the first step to the last. */
        public static final Span WHOLE = new Span(null, 1);
    }

    /**
     * What it trains on; by default all that the job has.
     *
     * @param done the outcomes of the stages before, in order
     */
    default Inputs inputs(Inputs job, List<StageOutcome> done) {
        return job;
    }

    /**
     * Builds the network and says how it is trained.
     *
     * @param inputs as {@link #inputs} gave them
     * @param done the outcomes of the stages before, in order
     */
    Tuning prepare(Inputs inputs, List<StageOutcome> done);
}
