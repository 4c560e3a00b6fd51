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
 */
public record TaskRows(
        String name,
        Task task,
        List<String> labels,
        @Nullable TokenizedSet training,
        @Nullable TokenizedSet validation) {

    public TaskRows {
        labels = List.copyOf(labels);
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
