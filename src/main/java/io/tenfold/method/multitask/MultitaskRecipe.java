package io.tenfold.method.multitask;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.AdamW;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.HeadFiles;
import io.tenfold.train.Inputs;
import io.tenfold.train.LayerNumber;
import io.tenfold.train.Networks;
import io.tenfold.train.Recipe;
import io.tenfold.train.Stage;
import io.tenfold.train.StageOutcome;
import io.tenfold.train.StepPlan;
import io.tenfold.train.TrainingLoop;
import io.tenfold.train.Tuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One stage over all tasks. */
final class MultitaskRecipe implements Recipe, Stage {

    private final MultitaskConfig config;
    private final double usualRate;
    private Map<String, Object> told = Map.of();

    MultitaskRecipe(MultitaskConfig config, double usualRate) {
        this.config = config;
        this.usualRate = usualRate;
    }

    @Override
    public List<Stage> stages() {
        return List.of(this);
    }

    @Override
    public @Nullable String name() {
        return null;
    }

    @Override
    public Tuning prepare(Inputs inputs, List<StageOutcome> done) {
        Network network = Networks.load(inputs.withHeads(Tasks.heads(inputs.tasks())), ModelHooks.NONE);
        NDManager manager = inputs.backend().scope();
        network.closeWithIt(manager);
        Tasks tasks = new Tasks(inputs.tasks(), network);
        StepPlan plan = TurnPlan.of(tasks.trainingSets(), config, inputs.options());
        LossWeights weights = weights(tasks, plan, manager);
        MultitaskHooks hooks = new MultitaskHooks(
                tasks,
                weights,
                shared(network),
                plan,
                config.projects() ? new Conflicts(tasks.count()) : null,
                inputs.options().seed(),
                manager);
        Tuning tuning = Tuning.ofHead(
                        inputs,
                        network,
                        (batch, training) ->
                                tasks.forward(tasks.of(batch.set())).logits(batch, training),
                        network.parameters(),
                        usualRate,
                        network.newModules(),
                        folder -> {
                            told = hooks.told();
                            HeadFiles.write(folder, network, inputs.tokenizer());
                        })
                .withObjective(new WeightedObjective(tasks, weights))
                .withPlan(plan)
                .withHooks(hooks);
        tuning = tuning.withGroups(groups(tuning, weights));
        boolean scored = inputs.tasks().stream().anyMatch(task -> task.validation() != null);
        return scored
                ? tuning.withEvaluator(new MultitaskEvaluator(
                        tasks, hooks, TrainingLoop.evalBatchSize(inputs.options()), inputs.backend()))
                : tuning;
    }

    private static MultitaskHooks.Shared shared(Network network) {
        Parameters encoder =
                network.parameters().matching(parameter -> !parameter.name().startsWith(Network.HEADS));
        return new MultitaskHooks.Shared(
                encoder, encoder.matching(parameter -> LayerNumber.of(parameter, network) == network.layers() - 1));
    }

    private LossWeights weights(Tasks tasks, StepPlan plan, NDManager manager) {
        return switch (config.weighting()) {
            case STATIC ->
                new StaticWeights(tasks.names().stream()
                        .mapToDouble(name -> config.weights().getOrDefault(name, 1.0))
                        .toArray());
            case UNCERTAINTY ->
                new UncertaintyWeights(
                        tasks.names().stream()
                                .map(name -> new Parameter("log_variance." + name, manager.zeros(new Shape())))
                                .toList(),
                        tasks.rows().stream()
                                .map(rows -> rows.task().regression())
                                .toList());
            case DWA -> new AveragedWeights(tasks.count(), config.dwaTemperature(), plan.stepsPerEpoch());
            case GRADNORM -> new GradNormWeights(tasks.count(), config.gradnormAlpha(), config.weightsLearningRate());
        };
    }

    /** The model's, and the weights that are trained, at a rate of their own. */
    private List<AdamW.Group> groups(Tuning tuning, LossWeights weights) {
        List<AdamW.Group> groups = new ArrayList<>(tuning.groups());
        if (!weights.trained().isEmpty()) {
            weights.trained().forEach(parameter -> parameter.trainable(true));
            groups.add(new AdamW.Group(weights.trained(), config.weightsLearningRate() / tuning.learningRate(), 0));
        }
        return groups;
    }

    /** Where no rows were scored, the metrics still tell the last weights. */
    @Override
    public Finish finish(Inputs inputs, List<StageOutcome> done) {
        Finish usual = Recipe.super.finish(inputs, done);
        Map<String, Object> metrics = new LinkedHashMap<>(told);
        metrics.putAll(usual.metrics());
        return new Finish(usual.published(), metrics, usual.besides());
    }
}
