package io.tenfold.method;

import io.tenfold.job.FineTuneRequest.TaskData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the artifact of an earlier job adds to a request that goes on from it.
 *
 * @param model where the base model lies; null: the artifact is the model, or the request names it
 * @param tasks that were learnt before, to be scored again: with their labels, without training rows
 */
public record Earlier(@Nullable String model, List<TaskData> tasks) {

    /** Of a request that goes on from none. */
    public static final Earlier NOTHING = new Earlier(null, List.of());

    public Earlier {
        tasks = List.copyOf(tasks);
    }
}
