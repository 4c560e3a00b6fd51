package io.tenfold.train;

import java.nio.file.Path;

/** Writes what the reference library opens: weights and their configuration. */
@FunctionalInterface
public interface ArtifactWriter {

    /** Writes into an existing folder, flat; folders within it only for what has a name of its own ({@code merged}). */
    void write(Path folder);
}
