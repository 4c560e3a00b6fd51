package io.tenfold.train;

import org.jspecify.annotations.Nullable;

/** One training run of a job. Most methods have one; a later one is prepared from the result of an earlier one. */
public interface Stage {

    /** What events call it; null where there is only one. */
    @Nullable
    String name();

    /**
     * Builds the network and says how it is trained.
     *
     * @param previous the outcome of the stage before; null for the first
     */
    Tuning prepare(Inputs inputs, @Nullable TrainingResult previous);

    /** The only stage of a method. */
    static Stage only(java.util.function.Function<Inputs, Tuning> prepare) {
        return new Stage() {
            @Override
            public @Nullable String name() {
                return null;
            }

            @Override
            public Tuning prepare(Inputs inputs, @Nullable TrainingResult previous) {
                return prepare.apply(inputs);
            }
        };
    }
}
