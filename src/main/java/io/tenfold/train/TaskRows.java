package io.tenfold.train;

import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest.Task;
import io.tenfold.model.HeadSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one task, or of one domain.
 *
 * @param name as files and events call it; empty for an only task
 * @param labels the classes' names in the order of their numbers; one empty name for a regression
 * @param training null where there are rows to be scored alone
 * @param validation null when the request has none
 * @param texts the rows' texts as a language model learns from them; null where nobody asked for these
 */
public record TaskRows(
        String name,
        Task task,
        List<String> labels,
        @Nullable TokenizedSet training,
        @Nullable TokenizedSet validation,
        @Nullable Texts texts) {

    /**
     * Texts that a language is learnt from before the task.
     *
     * @param others validation rows that are not among them; null where there are none
     */
    public record Texts(TokenizedSet training, @Nullable TokenizedSet others) {}

    public TaskRows {
        labels = List.copyOf(labels);
    }

    /** Rows alone. */
    public TaskRows(
            String name,
            Task task,
            List<String> labels,
            @Nullable TokenizedSet training,
            @Nullable TokenizedSet validation) {
        this(name, task, labels, training, validation, null);
    }

    /** The head that the task needs. */
    public HeadSpec head() {
        return switch (task.type()) {
            case SEQUENCE_CLASSIFICATION -> HeadSpec.classification(labels);
            case REGRESSION -> HeadSpec.number();
            case TOKEN_CLASSIFICATION -> HeadSpec.tokens(labels);
            case CAUSAL_LM, PREFERENCE -> HeadSpec.causalLm();
        };
    }

    /** The metric that chooses the best weights where the request names none. */
    public String usualMetric() {
        return task.usualMetric();
    }
}
