package io.tenfold.train;

import java.nio.file.Path;

/** Where the loop leaves its checkpoints. */
@FunctionalInterface
public interface Checkpointing {

    /**
     * Stores a folder as the checkpoint of a step and reports it; returns when it lies complete.
     *
     * @param seconds what writing the folder took already
     * @return its location
     */
    String store(long step, Path folder, double seconds);
}
