package io.tenfold.method.continual;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.DataShape;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.job.JobError;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.Earlier;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.method.MethodRegistry;
import io.tenfold.train.Recipe;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Learns tasks one after another, in one job or in several, each of which goes on from the artifact of the one before.
 * Which task a row is of is always known: each has a head of its own, but for those of a language, which share its words.
 */
@ApplicationScoped
public class ContinualMethod implements FineTuneMethod<ContinualConfig> {

    private final Provider<MethodRegistry> methods;
    private final Provider<ArtifactModels> artifacts;

    /**
     * @param methods by which tasks are learnt where not every weight is trained
     * @param artifacts opens what these leave
     */
    public ContinualMethod(Provider<MethodRegistry> methods, Provider<ArtifactModels> artifacts) {
        this.methods = methods;
        this.artifacts = artifacts;
    }

    @Override
    public String name() {
        return "continual";
    }

    @Override
    public ContinualConfig read(Fields options) {
        return ContinualConfig.read(options, methods.get());
    }

    @Override
    public Set<TaskType> tasks(ContinualConfig config) {
        return LABELS_AND_WORDS;
    }

    @Override
    public void check(ContinualConfig config, FineTuneRequest request, Fields options) {
        long languages = request.data().tasks().stream()
                .filter(task -> task.task().type() == TaskType.CAUSAL_LM)
                .count();
        if (languages > 0 && languages < request.data().tasks().size()) {
            options.errors()
                    .add(new JobError(
                            ErrorCode.BAD_REQUEST,
                            "some of data.tasks are causal_lm and some are not, but a language and labels share no model here; "
                                    + Standing.ONE_KIND,
                            "data.tasks"));
        }
        for (TaskData task : request.data().tasks()) {
            if (task.validation() == null) {
                options.errors()
                        .add(new JobError(
                                ErrorCode.BAD_REQUEST,
                                "%s.validation is missing; method continual scores every task after every task, give its validation rows"
                                        .formatted(task.param()),
                                task.param() + ".validation"));
            }
            if (tagsWithout(config, task)) {
                options.errors()
                        .add(new JobError(ErrorCode.BAD_REQUEST, noTags(config, task.param()), "method.strategy"));
            }
        }
    }

    /** Whether a task tags words, which the strategy can't keep. */
    private static boolean tagsWithout(ContinualConfig config, TaskData task) {
        return task.task().type() == TaskType.TOKEN_CLASSIFICATION
                && (config.strategy() == Strategy.REPLAY || config.strategy() == Strategy.LWF);
    }

    private static String noTags(ContinualConfig config, String task) {
        return "method.strategy is %s, which keeps rows with one label, but %s is token_classification; take ewc, naive or expansion"
                .formatted(config.strategy().wireName(), task);
    }

    @Override
    public double learningRate(ContinualConfig config) {
        return config.base() == null ? 2e-5 : 1e-4;
    }

    @Override
    public @Nullable String lighter(ContinualConfig config) {
        return config.base() == null && config.strategy() != Strategy.EWC ? "base lora, which trains less" : null;
    }

    @Override
    public Set<DataShape> shapes(ContinualConfig config) {
        return Set.of(DataShape.TASKS);
    }

    @Override
    public boolean measuresForgetting(ContinualConfig config) {
        return true;
    }

    @Override
    public @Nullable String model(ContinualConfig config) {
        return config.from();
    }

    @Override
    public Map<String, String> locations(ContinualConfig config) {
        String from = config.from();
        return from == null ? Map.of() : Map.of(Standing.FROM, from);
    }

    @Override
    public Earlier earlier(ContinualConfig config, Map<String, Path> folders) {
        String from = config.from();
        Path folder = folders.get(Standing.FROM);
        if (from == null || folder == null) {
            return Earlier.NOTHING;
        }
        History history = History.read(folder, from);
        if (config.expands() != (history.strategy() == Strategy.EXPANSION)) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    "method.strategy",
                    "method.strategy is %s, but %s was made by %s, %s; take strategy %s, or another artifact"
                            .formatted(
                                    config.strategy().wireName(),
                                    from,
                                    history.strategy().wireName(),
                                    config.expands()
                                            ? "whose tasks share one encoder"
                                            : "whose tasks have adapters of their own",
                                    config.expands() ? "naive, or the one that made it" : "expansion"));
        }
        history.checkParts(folder, from);
        for (TaskData task : history.tasks()) {
            if (tagsWithout(config, task)) {
                throw new JobException(
                        ErrorCode.BAD_REQUEST,
                        "method.strategy",
                        noTags(config, "task %s of %s".formatted(task.name(), from)));
            }
        }
        if (config.strategy() == Strategy.EWC || config.strategy() == Strategy.REPLAY) {
            History.checkState(folder, from);
        }
        return new Earlier(config.expands() ? history.model() : null, history.tasks());
    }

    @Override
    public Recipe recipe(ContinualConfig config, FineTuneRequest request) {
        return new ContinualRecipe(config, request, methods, artifacts);
    }
}
