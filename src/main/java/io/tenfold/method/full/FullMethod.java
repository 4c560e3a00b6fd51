package io.tenfold.method.full;

import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.train.Inputs;
import io.tenfold.train.LayerNumber;
import io.tenfold.train.ModelFiles;
import io.tenfold.train.Networks;
import io.tenfold.train.ParameterGroups;
import io.tenfold.train.Recipe;
import io.tenfold.train.Tuning;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Trains every weight; {@code layerwise_lr_decay} slows the lower layers (Howard and Ruder 2018, arXiv:1801.06146, 3.2). */
@ApplicationScoped
public class FullMethod implements FineTuneMethod<FullConfig> {

    @Override
    public String name() {
        return "full";
    }

    @Override
    public FullConfig read(Fields options) {
        return new FullConfig(options.number(
                "layerwise_lr_decay",
                1.0,
                x -> x > 0 && x <= 1,
                "above 0 and at most 1 (1: all layers alike; 0.95 is usual)"));
    }

    @Override
    public double learningRate(FullConfig config) {
        return 2e-5;
    }

    @Override
    public @Nullable String lighter(FullConfig config) {
        return "method lora, which trains less";
    }

    @Override
    public Set<TaskType> tasks(FullConfig config) {
        return ALL_TASKS;
    }

    @Override
    public Recipe recipe(FullConfig config, FineTuneRequest request) {
        return Recipe.of(inputs -> tuning(config, inputs));
    }

    private Tuning tuning(FullConfig config, Inputs inputs) {
        Network network = Networks.load(inputs, ModelHooks.NONE);
        return Tuning.ofHead(
                        inputs,
                        network,
                        network.parameters(),
                        learningRate(config),
                        network.newModules(),
                        folder -> ModelFiles.write(folder, network, inputs.tokenizer()))
                .withGroups(ParameterGroups.of(
                        network.parameters(),
                        inputs.options().weightDecay(),
                        parameter -> Math.pow(config.layerwiseLrDecay(), depth(parameter, network))));
    }

    /** Layers below the head: 0 for head and pooler, 1 for the last layer, layers + 1 for the embeddings. */
    private static int depth(Parameter parameter, Network network) {
        return network.layers() - LayerNumber.of(parameter, network);
    }
}
