package io.tenfold.train;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a job leaves its checkpoints. */
public interface Checkpointing {

    /**
     * Stores a folder as the checkpoint of a step and reports it; returns when it lies complete.
     *
     * @param stage what events call the stage; null for an only one
     * @param step counted over all stages
     * @param seconds what writing the folder took already
     * @return its location
     */
    String store(@Nullable String stage, long step, Path folder, double seconds);

    /**
     * Stores what a stage left, for checkpoints of later stages to refer to.
     *
     * @param number of the stage, from 1
     * @return its location
     */
    String keep(int number, Path folder);

    /** Brings what {@link #keep} stored into an empty folder. */
    void bring(String location, Path folder);
}
