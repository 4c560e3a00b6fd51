package io.tenfold.method.continual;

import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskData;
import io.tenfold.method.ArtifactModels;
import io.tenfold.method.MethodRegistry;
import io.tenfold.train.Inputs;
import io.tenfold.train.Recipe;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import jakarta.inject.Provider;
import java.util.ArrayList;
import java.util.List;

/** A stage for each new task, and one before them that scores the base. */
record ContinualRecipe(
        ContinualConfig config,
        FineTuneRequest request,
        Provider<MethodRegistry> methods,
        Provider<ArtifactModels> artifacts)
        implements Recipe {

    @Override
    public List<Stage> stages() {
        List<TaskData> tasks = request.data().tasks();
        List<Stage> stages = new ArrayList<>();
        // On a base that stays as it is nothing is carried forward; of an earlier job's artifact the base is not here.
        if (tasks.size() > 1 && config.from() == null && !config.expands()) {
            stages.add(new UntrainedStage(config));
        }
        for (TaskData task : tasks) {
            stages.add(
                    config.expands()
                            ? new ExpansionStage(config, methods, artifacts, task.name())
                            : new TaskStage(config, methods, task.name()));
        }
        return stages;
    }

    @Override
    public Finish finish(Inputs inputs, List<StageOutcome> done) {
        Standing standing = Standing.of(config, inputs, done);
        List<TaskData> tasks = new ArrayList<>(standing.history().tasks());
        tasks.addAll(request.data().tasks());
        StageOutcome last = done.getLast();
        String metric = Standing.ofLanguage(standing.tasks()) ? inputs.metric() : null;
        new History(config.strategy(), standing.history().model(), tasks, standing.matrix(), metric)
                .write(last.folder(), standing.tasks());
        return new Finish(last, last.result().metrics(), List.of());
    }
}
