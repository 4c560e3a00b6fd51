package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks for, complete and valid: {@link RequestReader} makes it from JSON and refuses everything else.
 *
 * @param id the idempotency key
 * @param model location of a folder in Hugging Face layout
 * @param output location below which attempts, checkpoints and the manifest go
 * @param priority the higher, the earlier; 0 usually
 * @param maxSeconds the longest the job may run in one attempt; null for no limit
 * @param metadata the requester's own, handed through
 */
public record FineTuneRequest(
        String id,
        String model,
        Task task,
        Data data,
        Method method,
        TrainingOptions training,
        String output,
        int priority,
        @Nullable Integer maxSeconds,
        JsonNode metadata) {

    /** What the model learns to do. */
    public enum TaskType {
        SEQUENCE_CLASSIFICATION,
        REGRESSION
    }

    /** @param labels the labels in the order of their numbers; null: the sorted set found in the training file */
    public record Task(TaskType type, @Nullable List<String> labels) {
        public boolean regression() {
            return type == TaskType.REGRESSION;
        }
    }

    /**
     * Where the rows are.
     *
     * @param validation null: no scores, and the last weights are published
     * @param format null: by the file's extension
     */
    public record Data(
            String train,
            @Nullable String validation,
            @Nullable String format,
            Columns columns) {}

    /** Names of the columns; {@code text2} is null where rows have one text. */
    public record Columns(String text, @Nullable String text2, String label) {}

    /** A method's name and its options as they came; the method reads them into its own record. */
    public record Method(String name, JsonNode options) {}
}
