package io.tenfold.train;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a stage left: figures, and the files of its weights as an artifact has them. A checkpoint of a later stage refers to
 * it, so that a job that resumes does not train it again.
 *
 * @param stage the stage's name; null for an only one
 * @param trainableParameters numbers trained, head and new weights included
 * @param methodParameters numbers trained without them
 * @param totalParameters numbers of the model and of what the method added
 * @param seconds of the loop, evaluations and checkpoints included
 * @param folder the artifact's files, on this machine
 */
@JsonIgnoreProperties("folder")
public record StageOutcome(
        @Nullable String stage,
        TrainingResult result,
        long trainableParameters,
        long methodParameters,
        long totalParameters,
        double seconds,
        long peakMemoryBytes,
        Path folder) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FIGURES = "stage.json";
    private static final String FILES = "artifact";
    private static final String STATE = "state";

    /** The same under another name. */
    public StageOutcome named(@Nullable String other) {
        return new StageOutcome(
                other,
                result,
                trainableParameters,
                methodParameters,
                totalParameters,
                seconds,
                peakMemoryBytes,
                folder);
    }

    /** Where a stage that ended before its last step left what another needs to go on from there. */
    public Path state() {
        return folder.resolveSibling(STATE);
    }

    /** The folder of {@link #state} within the stage's own folder. */
    static Path state(Path own) {
        return own.resolve(STATE);
    }

    /** The folder for a stage's files within the stage's own folder. */
    static Path files(Path own) {
        return own.resolve(FILES);
    }

    /** Writes the figures beside the files. */
    void write(Path own) {
        try {
            JSON.writeValue(own.resolve(FIGURES).toFile(), this);
        } catch (IOException e) {
            throw new UncheckedIOException("the outcome of a stage can't be written to " + own, e);
        }
    }

    /** Reads what {@link #write} wrote. */
    static StageOutcome read(Path own) {
        try {
            StageOutcome read = JSON.readValue(own.resolve(FIGURES).toFile(), StageOutcome.class);
            return new StageOutcome(
                    read.stage,
                    read.result,
                    read.trainableParameters,
                    read.methodParameters,
                    read.totalParameters,
                    read.seconds,
                    read.peakMemoryBytes,
                    files(own));
        } catch (IOException e) {
            throw new UncheckedIOException("the outcome of a stage in %s can't be read".formatted(own), e);
        }
    }
}
