package io.tenfold.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.checkpoint.SafetensorsWriter;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A checkpoint's files: trained weights, optimiser, the best weights so far, the method's own arrays, and the state. */
final class StateFiles {

    private static final String WEIGHTS = "trainable.safetensors";
    private static final String BEST = "best.safetensors";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String METHOD = "method.safetensors";
    private static final String STATE = "state.json";
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, true);

    private StateFiles() {}

    /** Whether a checkpoint was taken in the middle of a stage. */
    static boolean areIn(Path folder) {
        return Files.exists(folder.resolve(STATE));
    }

    static void write(
            Path folder, TrainingState state, Parameters trained, AdamW optimizer, LoopHooks hooks, Path best) {
        writeWeights(folder.resolve(WEIGHTS), trained);
        SafetensorsWriter.write(folder.resolve(OPTIMIZER), optimizer.state());
        if (!hooks.state().isEmpty()) {
            SafetensorsWriter.write(folder.resolve(METHOD), hooks.state());
        }
        try {
            if (state.bestStep > 0 && state.bestStep != state.step) {
                Files.copy(best, folder.resolve(BEST));
            }
            JSON.writeValue(folder.resolve(STATE).toFile(), state);
        } catch (IOException e) {
            throw new UncheckedIOException("the checkpoint can't be written to " + folder, e);
        }
    }

    /** Fills weights, optimiser and hooks, and puts the best weights where the loop keeps them. */
    static TrainingState read(
            Path folder, Parameters trained, AdamW optimizer, LoopHooks hooks, Path best, Backend backend) {
        try {
            TrainingState state = JSON.readValue(folder.resolve(STATE).toFile(), TrainingState.class);
            readWeights(folder.resolve(WEIGHTS), trained, backend);
            try (NDManager scope = backend.scope();
                    SafetensorsReader reader = SafetensorsReader.open(folder.resolve(OPTIMIZER))) {
                optimizer.restore(name -> reader.contains(name) ? reader.read(scope, name) : null);
            }
            if (Files.exists(folder.resolve(METHOD))) {
                try (NDManager scope = backend.scope();
                        SafetensorsReader reader = SafetensorsReader.open(folder.resolve(METHOD))) {
                    hooks.restore(reader.readAll(scope), backend.manager());
                }
            }
            if (state.bestStep > 0) {
                Files.copy(folder.resolve(state.bestStep == state.step ? WEIGHTS : BEST), best);
            }
            return state;
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    null,
                    "the checkpoint in %s can't be read: %s".formatted(folder, e.getMessage()),
                    e);
        }
    }

    static void writeWeights(Path file, Parameters trained) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        for (Parameter parameter : trained) {
            arrays.put(parameter.name(), parameter.value());
        }
        SafetensorsWriter.write(file, arrays);
    }

    static void readWeights(Path file, Parameters trained, Backend backend) {
        try (Recording _ = Recording.off();
                NDManager scope = backend.scope();
                SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (Parameter parameter : trained) {
                if (!reader.contains(parameter.name())) {
                    throw new JobException(
                            ErrorCode.BAD_MODEL,
                            null,
                            "the checkpoint has no %s; it was made by another request or version"
                                    .formatted(parameter.name()));
                }
                // One at a time: a resumed run must fit where the first one did.
                try (NDArray saved = reader.read(scope, parameter.name())) {
                    parameter.set(saved);
                }
            }
        }
    }
}
