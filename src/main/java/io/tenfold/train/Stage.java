package io.tenfold.train;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One training run of a job. Most methods have one; a later one is prepared from the outcomes of earlier ones. */
public interface Stage {

    /** What events call it; null where there is only one. */
    @Nullable
    String name();

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
