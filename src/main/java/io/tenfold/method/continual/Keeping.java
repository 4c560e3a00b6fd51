package io.tenfold.method.continual;

import io.tenfold.train.Inputs;
import io.tenfold.train.Tuning;
import java.util.function.UnaryOperator;

/** Adds to the training of a task what keeps the earlier ones. */
final class Keeping {

    /** Fisher information and anchors, or rows, for the tasks to come. */
    static final String STATE = "continual_state.safetensors";

    private Keeping() {}

    /**
     * What the strategy adds.
     *
     * @param own the task's inputs
     * @throws io.tenfold.job.JobException bad_model where the files of the task before lack what the strategy needs
     */
    static UnaryOperator<Tuning> of(ContinualConfig config, Standing standing, Inputs own) {
        return switch (config.strategy()) {
            case NAIVE, EXPANSION -> UnaryOperator.identity();
            case EWC -> tuning -> Consolidation.add(tuning, config.ewc(), standing, own);
            case REPLAY -> tuning -> Replaying.add(tuning, config.replay(), standing, own);
            case LWF -> tuning -> OldAnswers.add(tuning, config.lwf(), standing, own);
        };
    }
}
