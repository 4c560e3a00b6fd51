package io.tenfold.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobException;
import io.tenfold.job.TrainingOptions;
import io.tenfold.model.EmbeddingsOp;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.PrefixOp;
import io.tenfold.model.family.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Builds the request's network, and checks that data and model fit. */
public final class Networks {

    private static final ModelHooks RECOMPUTING = new ModelHooks() {
        @Override
        public boolean recomputesLayers() {
            return true;
        }
    };

    private Networks() {}

    /**
     * The base model with the task's head, or the stage's heads, and a method's hooks.
     *
     * @throws JobException bad_model for a model that can't be used, bad_request for rows longer than it has positions
     */
    public static Network load(Inputs inputs, ModelHooks hooks) {
        return load(inputs, inputs.heads().isEmpty() ? Map.of("", head(inputs)) : inputs.heads(), hooks);
    }

    /** The head of the request's task. */
    public static HeadSpec head(Inputs inputs) {
        return inputs.task().head();
    }

    /** The base model with another head than the task's. */
    public static Network load(Inputs inputs, HeadSpec head, ModelHooks hooks) {
        return load(inputs, Map.of("", head), hooks);
    }

    private static Network load(Inputs inputs, Map<String, HeadSpec> heads, ModelHooks hooks) {
        inputs.tasks().forEach(rows -> checkKind(rows.task().type(), inputs.modelFolder()));
        checkLengths(inputs, hooks);
        LoadOptions options =
                new LoadOptions(inputs.options().seed(), inputs.options().dropout());
        ModelHooks all = inputs.options().activationCheckpointing() ? hooks.then(RECOMPUTING) : hooks;
        SharedBase shared = inputs.shared();
        return shared == null
                ? Models.load(inputs.modelFolder(), heads, all, inputs.backend(), options)
                : shared.base().network(heads, all, options);
    }

    /**
     * Refuses an encoder where words are to be learnt; before its rows are read, whose errors would speak of something else.
     *
     * @throws JobException bad_request
     */
    public static void checkKind(TaskType task, Path modelFolder) {
        if (task.ofWords() && !isDecoder(modelFolder)) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "task.type",
                    "task.type is %s, which decoders learn, but the model is an encoder (%s); take a decoder such as llama, or another task"
                            .formatted(task.wire(), modelType(modelFolder)));
        }
    }

    /** Whether the base model says the next token, and does not guess at masks; bad_model as {@link #load}. */
    public static boolean isDecoder(Path modelFolder) {
        return Models.isDecoder(modelFolder);
    }

    /** Before the weights are read. */
    private static void checkLengths(Inputs inputs, ModelHooks hooks) {
        EmbeddingsOp embeddings = hooks.embeddings();
        PrefixOp prefix = hooks.prefix(0);
        int virtual =
                (embeddings == null ? 0 : embeddings.virtualTokens()) + (prefix == null ? 0 : prefix.virtualTokens());
        int longest = inputs.options().maxLength();
        int positions = Models.maxPositions(inputs.modelFolder());
        if (virtual > 0 && positions - virtual < TrainingOptions.LEAST_LENGTH) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "method.num_virtual_tokens",
                    "method.num_virtual_tokens is %d, but the model has %d positions, and rows need %d of them at least; give at most %d"
                            .formatted(
                                    virtual,
                                    positions,
                                    TrainingOptions.LEAST_LENGTH,
                                    positions - TrainingOptions.LEAST_LENGTH));
        }
        if (longest > positions - virtual) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "training.max_length",
                    virtual == 0
                            ? "training.max_length is %d, but the model has %d positions; give at most that"
                                    .formatted(longest, positions)
                            : "training.max_length is %d and method.num_virtual_tokens %d, together more than the model's %d positions; make one of them smaller"
                                    .formatted(longest, virtual, positions));
        }
    }

    /** The labels that a model's folder names, in their order; empty where it names none, or only {@code LABEL_0} and so on. */
    public static List<String> labels(Path modelFolder) {
        List<String> labels = new ArrayList<>();
        try {
            JsonNode byId = JsonFile.read(modelFolder.resolve("config.json")).path("id2label");
            for (int id = 0; byId.has(Integer.toString(id)); id++) {
                labels.add(byId.path(Integer.toString(id)).asText());
            }
        } catch (IOException e) {
            return List.of();
        }
        return labels.stream().allMatch(label -> label.matches("LABEL_\\d+")) ? List.of() : labels;
    }

    /** The {@code model_type} of a model's folder; empty when it can't be read, which {@link #load} will say. */
    public static String modelType(Path modelFolder) {
        try {
            return JsonFile.read(modelFolder.resolve("config.json"))
                    .path("model_type")
                    .asText();
        } catch (IOException e) {
            return "";
        }
    }
}
