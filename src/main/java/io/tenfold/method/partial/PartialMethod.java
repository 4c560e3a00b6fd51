package io.tenfold.method.partial;

import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.FrozenBottom;
import io.tenfold.train.Inputs;
import io.tenfold.train.LoopHooks;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Networks;
import io.tenfold.train.Recipe;
import io.tenfold.train.StepPlan;
import io.tenfold.train.Tuning;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Trains a part of the weights; what lies under the lowest trained layer is computed once, see {@link FrozenBottom}. */
@ApplicationScoped
public class PartialMethod implements FineTuneMethod<PartialConfig> {

    @Override
    public String name() {
        return "partial";
    }

    @Override
    public PartialConfig read(Fields options) {
        return PartialConfig.read(options);
    }

    @Override
    public void check(PartialConfig config, FineTuneRequest request, Fields options) {
        config.check(request.training(), options);
    }

    @Override
    public double learningRate(PartialConfig config) {
        if (config.headOnly()) {
            return 1e-3;
        }
        return config.biasOnly() ? 4e-4 : 2e-5;
    }

    @Override
    public @Nullable String lighter(PartialConfig config) {
        return config.headOnly() || config.biasOnly() ? null : "method lora, which trains less";
    }

    @Override
    public Set<TaskType> tasks(PartialConfig config) {
        return ALL_TASKS;
    }

    @Override
    public Recipe recipe(PartialConfig config, FineTuneRequest request) {
        return Recipe.of(inputs -> tuning(config, inputs));
    }

    private Tuning tuning(PartialConfig config, Inputs inputs) {
        Network network = Networks.load(inputs, ModelHooks.NONE);
        try {
            Parameters chosen = ChosenPart.of(config, network);
            if (!config.gradualUnfreezing()) {
                return tuning(config, inputs, network, chosen, LoopHooks.NONE);
            }
            StepPlan plan = StepPlan.of(inputs.training(), inputs.options());
            GradualUnfreezing unfreezing = GradualUnfreezing.of(config, chosen, network, plan);
            return tuning(config, inputs, network, unfreezing.trained(), unfreezing);
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private Tuning tuning(PartialConfig config, Inputs inputs, Network network, Parameters trained, LoopHooks hooks) {
        return Tuning.ofHead(
                        inputs,
                        network,
                        FrozenBottom.under(trained, network, inputs),
                        trained,
                        learningRate(config),
                        network.newModules(),
                        folder -> ModelFiles.write(folder, network, inputs.tokenizer()))
                .withHooks(hooks);
    }
}
