package io.tenfold.train;

import ai.djl.engine.EngineException;
import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.JobException;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.OutOfDeviceMemoryException;
import io.tenfold.tensor.Parameter;
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
     * What training left.
     *
     * @param predictions of the published weights on {@code validation}; null without one
     * @param validation the rows that were scored
     * @param trainableParameters numbers trained, head and new weights included
     * @param methodParameters numbers trained without them
     * @param totalParameters numbers of the model and of what the method added
     */
    public record Trained(
            TrainingResult result,
            @Nullable Predictions predictions,
            @Nullable TokenizedSet validation,
            long trainableParameters,
            long methodParameters,
            long totalParameters,
            long peakMemoryBytes) {}

    /**
     * What a job trains on.
     *
     * @param labels as {@link Inputs#labels}
     * @param folders as {@link Inputs#folders}
     */
    public record Material(
            FineTuneRequest request,
            Path modelFolder,
            TextTokenizer tokenizer,
            List<String> labels,
            TokenizedSet training,
            @Nullable TokenizedSet validation,
            Map<String, Path> folders) {}

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
     * Runs the stages and writes the artifact's own files (weights and their configuration) into a folder.
     *
     * @throws JobException what only model or data show to be wrong, before the first step
     * @throws StoppedException when the run was asked to stop
     * @throws TrainingFailedException when a step failed
     */
    public Trained run(List<Stage> stages, Material material, TrainingLoop.Environment environment, Path artifact) {
        Inputs inputs = new Inputs(
                material.request(),
                material.modelFolder(),
                material.tokenizer(),
                material.labels(),
                material.training(),
                material.validation(),
                material.folders(),
                environment.workFolder(),
                backend);
        if (stages.size() != 1) {
            throw new IllegalArgumentException("a method of this version has one stage, not " + stages.size());
        }
        try (Prepared prepared = new Prepared(stages.getFirst().prepare(inputs, null))) {
            Tuning tuning = prepared.tuning();
            TrainingResult result = new TrainingLoop(tuning, inputs, environment).run();
            Predictions predictions = predictions(result, tuning, inputs);
            tuning.writer().write(artifact);
            return new Trained(
                    result,
                    predictions,
                    inputs.validation(),
                    tuning.trained().size(),
                    tuning.methodParameters(),
                    total(tuning),
                    backend.peakMemory());
        } catch (EngineException e) {
            // Weights and optimiser are allocated by DJL itself, which knows no exception of its own for this.
            if (OutOfDeviceMemoryException.speaksOfMemory(String.valueOf(e.getMessage()))) {
                throw outOfMemory(e);
            }
            throw e;
        } catch (OutOfDeviceMemoryException e) {
            throw outOfMemory(e);
        }
    }

    private static JobException outOfMemory(RuntimeException e) {
        return new JobException(
                ErrorCode.OUT_OF_RESOURCES,
                "model",
                "%s; a smaller model, or a method that trains less (lora), would fit".formatted(e.getMessage()),
                e);
    }

    /** Closes the network with the scope of a run. */
    private record Prepared(Tuning tuning) implements AutoCloseable {
        @Override
        public void close() {
            tuning.network().close();
        }
    }

    private @Nullable Predictions predictions(TrainingResult result, Tuning tuning, Inputs inputs) {
        TokenizedSet validation = inputs.validation();
        if (validation == null || result.predictions() != null) {
            return result.predictions();
        }
        Predictions predictions = tuning.evaluator(inputs).predict(validation, _ -> {});
        tuning.hooks().best();
        return predictions;
    }

    private static long total(Tuning tuning) {
        long total = tuning.network().parameters().size();
        for (Parameter parameter : tuning.trained()) {
            if (!tuning.network().parameters().contains(parameter.name())) {
                total += parameter.size();
            }
        }
        return total;
    }

    @Override
    public void close() {
        backend.close();
    }
}
