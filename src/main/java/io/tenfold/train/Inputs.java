package io.tenfold.train;

import io.tenfold.data.TextTokenizer;
import io.tenfold.data.TokenizedSet;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.MetricNames;
import io.tenfold.job.TrainingOptions;
import io.tenfold.model.HeadSpec;
import io.tenfold.tensor.Backend;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a stage has to work with; of a job, all that its stages share.
 *
 * @param modelFolder the base model's files on this machine
 * @param tasks at least one; what the accessors for one task give is the first's
 * @param target rows of another domain; null where there is one
 * @param heads the heads of the network by name, where it is to have several; empty: the one that the task needs
 * @param folders the models and artifacts that the method's options name, by the option: {@code extract.from}
 * @param workFolder for files that live as long as the job
 * @param shared the base model, where several stages tune it; null: each reads it for itself
 */
public record Inputs(
        FineTuneRequest request,
        Path modelFolder,
        TextTokenizer tokenizer,
        List<TaskRows> tasks,
        @Nullable TaskRows target,
        Map<String, HeadSpec> heads,
        Map<String, Path> folders,
        Path workFolder,
        Backend backend,
        @Nullable SharedBase shared) {

    public Inputs {
        tasks = List.copyOf(tasks);
    }

    /** The first task. */
    public TaskRows task() {
        return tasks.getFirst();
    }

    /** The first task's {@link TaskRows#labels}. */
    public List<String> labels() {
        return task().labels();
    }

    /** The first task's training rows. */
    public TokenizedSet training() {
        return Objects.requireNonNull(task().training());
    }

    /** The first task's validation rows; null when the request has none. */
    public @Nullable TokenizedSet validation() {
        return task().validation();
    }

    /** The files behind a location that the method's options name. */
    public Path folder(String option) {
        return Objects.requireNonNull(folders.get(option), option);
    }

    /** The metric that chooses the best weights: the request's, or the task's first; of several tasks, unless all are a language, the mean. */
    public String metric() {
        if (tasks.size() > 1 && !tasks.stream().allMatch(rows -> rows.task().type() == TaskType.CAUSAL_LM)) {
            return MetricNames.MEAN;
        }
        String asked = options().metric();
        return asked == null || asked.equals(MetricNames.MEAN) ? task().usualMetric() : asked;
    }

    /** The request's options. */
    public TrainingOptions options() {
        return request.training();
    }

    /** The same with one task alone. */
    public Inputs of(TaskRows task) {
        return new Inputs(
                request, modelFolder, tokenizer, List.of(task), target, heads, folders, workFolder, backend, shared);
    }

    /** The same on another model. */
    public Inputs on(Path model) {
        return new Inputs(request, model, tokenizer, tasks, target, heads, folders, workFolder, backend, null);
    }

    /** The same for a network with these heads. */
    public Inputs withHeads(Map<String, HeadSpec> several) {
        return new Inputs(
                request, modelFolder, tokenizer, tasks, target, several, folders, workFolder, backend, shared);
    }

    /** The same for another request on the same data. */
    public Inputs with(FineTuneRequest other) {
        return new Inputs(other, modelFolder, tokenizer, tasks, target, heads, folders, workFolder, backend, shared);
    }
}
