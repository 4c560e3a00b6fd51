package io.tenfold.train;

import ai.djl.engine.EngineException;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.tensor.TensorException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A device opened for one job, and the job's stages run on it. One thread uses it. */
public final class TrainingSession implements AutoCloseable {

    private final Backend backend;

    private TrainingSession(Backend backend) {
        this.backend = backend;
    }

    /**
     * What a job trains on.
     *
     * @param tasks as {@link Inputs#tasks}
     * @param sources where the rows of each task are
     * @param target as {@link Inputs#target}
     * @param folders as {@link Inputs#folders}
     * @param lighter what needs less memory than the request's method; null: nothing that could take its place
     */
    public record Material(
            FineTuneRequest request,
            Path modelFolder,
            TextTokenizer tokenizer,
            List<TaskRows> tasks,
            List<FineTuneRequest.TaskData> sources,
            @Nullable TaskRows target,
            Map<String, Path> folders,
            @Nullable String lighter) {}

    /**
     * Opens a device.
     *
     * @param device {@code auto}, {@code cpu} or {@code cuda:n}
     * @param threads of the CPU; 0: one a core
     * @throws JobException out_of_resources when there is no such device
     */
    public static TrainingSession open(String device, int threads) {
        try {
            return new TrainingSession(Backend.open(device, threads));
        } catch (TensorException e) {
            throw new JobException(ErrorCode.OUT_OF_RESOURCES, "tenfold.device", String.valueOf(e.getMessage()), e);
        }
    }

    /** {@code cpu} or {@code cuda:0}. */
    public String device() {
        return backend.name();
    }

    /** The device, for whoever predicts. */
    public Backend backend() {
        return backend;
    }

    /**
     * Runs the stages, each of which leaves an artifact's own files (weights and their configuration, predictions) in a
     * folder.
     *
     * @throws JobException what only model or data show to be wrong, before the first step
     * @throws StoppedException when the run was asked to stop
     * @throws TrainingFailedException when a step failed
     */
    public Recipe.Done run(Recipe recipe, Material material, TrainingLoop.Environment environment) {
        Inputs inputs = new Inputs(
                material.request(),
                material.modelFolder(),
                material.tokenizer(),
                material.tasks(),
                material.target(),
                Map.of(),
                material.folders(),
                environment.workFolder(),
                backend,
                null);
        try {
            List<StageOutcome> done = new StageRun(recipe.stages(), inputs, environment).run();
            return new Recipe.Done(recipe.finish(inputs, done), done);
        } catch (EngineException e) {
            // Weights and optimiser are allocated by DJL itself, which knows no exception of its own for this.
            if (OutOfDeviceMemoryException.speaksOfMemory(String.valueOf(e.getMessage()))) {
                throw OutOfMemory.ofWeights(e, material.lighter());
            }
            throw e;
        } catch (OutOfDeviceMemoryException e) {
            throw OutOfMemory.ofWeights(e, material.lighter());
        }
    }

    @Override
    public void close() {
        backend.close();
    }
}
