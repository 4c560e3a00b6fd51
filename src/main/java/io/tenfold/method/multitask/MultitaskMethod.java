package io.tenfold.method.multitask;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.DataShape;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobError;
import io.tenfold.job.Suggest;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.train.Recipe;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Trains every weight of one encoder on several tasks at once, with a head for each (Caruana 1997; MT-DNN, Liu et al. 2019,
 * arXiv:1901.11504).
 */
@ApplicationScoped
public class MultitaskMethod implements FineTuneMethod<MultitaskConfig> {

    private static final double LEARNING_RATE = 2e-5;

    @Override
    public String name() {
        return "multitask";
    }

    @Override
    public MultitaskConfig read(Fields options) {
        return MultitaskConfig.read(options);
    }

    @Override
    public Set<DataShape> shapes(MultitaskConfig config) {
        return Set.of(DataShape.TASKS);
    }

    /** A language has no head of its own, by which tasks would be told apart: mixed rows are all there is to it. */
    @Override
    public @Nullable String insteadOf(MultitaskConfig config, TaskType type) {
        return type == TaskType.CAUSAL_LM
                ? "of a language all tasks are one: mix their rows into one file (as messages, or prompt and completion) for full or lora, or take continual to learn one after another"
                : null;
    }

    @Override
    public void check(MultitaskConfig config, FineTuneRequest request, Fields options) {
        List<TaskData> tasks = request.data().tasks();
        if (tasks.size() < 2) {
            options.errors()
                    .add(new JobError(
                            ErrorCode.BAD_REQUEST,
                            "data.tasks has 1 task, but method multitask trains several at once; give at least two, or take full"
                                    + " with data.train",
                            "data.tasks"));
        }
        List<String> names = tasks.stream().map(TaskData::name).toList();
        for (String name : config.weights().keySet()) {
            if (!names.contains(name)) {
                options.error(
                        "weights",
                        "method.weights.%s is no task; %s%s"
                                .formatted(
                                        name,
                                        "the tasks are " + String.join(", ", names),
                                        Suggest.didYouMean(name, names)));
            }
        }
        boolean allZero = names.stream().allMatch(name -> config.weights().getOrDefault(name, 1.0) == 0);
        if (allZero) {
            options.error("weights", "method.weights is 0 for every task; give one of them a weight above 0");
        }
    }

    @Override
    public double learningRate(MultitaskConfig config) {
        return LEARNING_RATE;
    }

    @Override
    public Recipe recipe(MultitaskConfig config, FineTuneRequest request) {
        return new MultitaskRecipe(config, LEARNING_RATE);
    }
}
