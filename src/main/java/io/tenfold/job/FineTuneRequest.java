package io.tenfold.job;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks for, complete and valid: {@link RequestReader} makes it from JSON and refuses everything else.
 *
 * @param id the idempotency key
 * @param model location of a folder in Hugging Face layout
 * @param output location below which attempts, checkpoints and the manifest go
 * @param priority the higher, the earlier; 0 usually
 * @param task of the only task, or the first of several
 * @param maxSeconds the longest the job may run in one attempt; null for no limit
 * @param metadata the requester's own, handed through
 * @param body all of it as it came
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
        Gates gates,
        JsonNode metadata,
        JsonNode body) {

    /** The same for another method, which this one builds on. */
    public FineTuneRequest withMethod(String name, JsonNode options) {
        return new FineTuneRequest(
                id,
                model,
                task,
                data,
                new Method(name, options),
                training,
                output,
                priority,
                maxSeconds,
                gates,
                metadata,
                body);
    }

    /** The metric by which weights, gates and races are judged: the request's, or the task's first; of several tasks the mean. */
    public String metric() {
        if (data.shape() == DataShape.TASKS && !data.ofLanguage()) {
            return MetricNames.MEAN;
        }
        String asked = training.metric();
        return asked == null ? task.usualMetric() : asked;
    }

    /** What the model learns to do. */
    public enum TaskType {
        /** A label for a row. */
        SEQUENCE_CLASSIFICATION,
        /** A number for a row. */
        REGRESSION,
        /** A tag for each word of a row. */
        TOKEN_CLASSIFICATION,
        /** The next token of a text. */
        CAUSAL_LM,
        /** Which of two answers to a prompt is the better one. */
        PREFERENCE;

        /** Whether it is the words of a vocabulary that are learnt, which takes a decoder. */
        public boolean ofWords() {
            return this == CAUSAL_LM || this == PREFERENCE;
        }

        /** The value of {@code task.type}. */
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Which tokens of a conversation a language model is trained on. */
    public enum TrainOn {
        /** Those of every answer. */
        COMPLETION,
        /** Those of the last answer. */
        LAST,
        /** All. */
        ALL;

        /** The value of {@code task.train_on}. */
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What is learnt.
     *
     * @param labels the labels in the order of their numbers; null: the sorted set found in the training file
     * @param trainOn for {@code causal_lm}
     * @param preference for {@code preference}
     */
    public record Task(TaskType type, @Nullable List<String> labels, TrainOn trainOn, PreferenceOptions preference) {

        public Task(TaskType type, @Nullable List<String> labels) {
            this(type, labels, TrainOn.COMPLETION, PreferenceOptions.DEFAULT);
        }

        /** The metric that chooses the best weights where the request names none. */
        public String usualMetric() {
            return MetricNames.of(type).getFirst();
        }

        public boolean regression() {
            return type == TaskType.REGRESSION;
        }
    }

    /**
     * Where the rows are.
     *
     * @param tasks at least one; the only one has no name unless the request names it
     * @param target rows of another domain; null where there is one
     */
    public record Data(List<TaskData> tasks, @Nullable TaskData target) {

        public Data {
            tasks = List.copyOf(tasks);
        }

        public String train() {
            return tasks.getFirst().train();
        }

        public @Nullable String validation() {
            return tasks.getFirst().validation();
        }

        public @Nullable String format() {
            return tasks.getFirst().format();
        }

        public Columns columns() {
            return tasks.getFirst().columns();
        }

        /** How the data is laid out. */
        public DataShape shape() {
            if (target != null) {
                return DataShape.TARGET;
            }
            return tasks.getFirst().name().isEmpty() ? DataShape.ONE : DataShape.TASKS;
        }

        /** Whether every task is a language, so that one metric is of all. */
        public boolean ofLanguage() {
            return tasks.stream().allMatch(task -> task.task().type() == TaskType.CAUSAL_LM);
        }

        /** Whether any rows are scored. */
        public boolean scored() {
            return tasks.stream().anyMatch(task -> task.validation() != null)
                    || (target != null && target.validation() != null);
        }
    }

    /** What a method is given to learn from. */
    public enum DataShape {
        /** {@code data.train}. */
        ONE,
        /** {@code data.tasks}. */
        TASKS,
        /** {@code data.train} and {@code data.target}. */
        TARGET;

        /** The field that says so. */
        public String param() {
            return switch (this) {
                case ONE -> "data.train";
                case TASKS -> "data.tasks";
                case TARGET -> "data.target";
            };
        }
    }

    /**
     * The rows of one task, or of another domain.
     *
     * @param name as files and events call it; empty for an only task
     * @param param the field that holds it, such as {@code data} or {@code data.tasks[0]}
     * @param train empty where there are rows to be scored alone
     * @param validation null: no scores, and the last weights are published
     * @param format null: by the file's extension
     */
    public record TaskData(
            String name,
            String param,
            String train,
            @Nullable String validation,
            @Nullable String format,
            Columns columns,
            Task task) {

        /** What {@link #isName} asks for, in words. */
        public static final String NAME_RULE =
                "a name has at most 64 letters, digits, dashes and underscores, and begins with a letter or digit";

        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

        /** Whether a task may be called so: names are parts of file names, and of parameters' names, where a dot ends one. */
        public static boolean isName(String name) {
            return NAME.matcher(name).matches();
        }
    }

    /**
     * Names of the columns.
     *
     * @param text of the text, or of the list of words
     * @param text2 null where rows have one text
     * @param label of the label, or of the list of the words' tags
     * @param tagged whether rows are words with tags
     * @param language for rows that a language model learns from; null for others
     */
    public record Columns(
            String text,
            @Nullable String text2,
            String label,
            boolean tagged,
            @Nullable LanguageColumns language) {

        public Columns(String text, @Nullable String text2, String label, boolean tagged) {
            this(text, text2, label, tagged, null);
        }
    }

    /**
     * Names of the columns that a language model learns from. All are null where the request names none: the file's first
     * row then shows what they are.
     *
     * @param text of a plain text
     * @param prompt of what is asked, with {@code completion}, or with {@code chosen} and {@code rejected}
     * @param completion of the answer
     * @param messages of a list of messages
     * @param tools of the tools beside the messages
     * @param chosen of the better answer
     * @param rejected of the worse answer
     */
    public record LanguageColumns(
            @Nullable String text,
            @Nullable String prompt,
            @Nullable String completion,
            @Nullable String messages,
            @Nullable String tools,
            @Nullable String chosen,
            @Nullable String rejected) {}

    /** A method's name and its options as they came; the method reads them into its own record. */
    public record Method(String name, JsonNode options) {}
}
