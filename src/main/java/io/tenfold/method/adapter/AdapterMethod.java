package io.tenfold.method.adapter;

import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.train.Inputs;
import io.tenfold.train.Recipe;
import io.tenfold.train.Tuning;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;

/** Trains small modules in a frozen model, and the head. */
@ApplicationScoped
public class AdapterMethod implements FineTuneMethod<AdapterConfig> {

    @Override
    public String name() {
        return "adapter";
    }

    @Override
    public AdapterConfig read(Fields options) {
        return AdapterConfig.read(options);
    }

    @Override
    public double learningRate(AdapterConfig config) {
        return switch (config) {
            case AdapterConfig.Bottlenecks _ -> 1e-4;
            case AdapterConfig.Rescaling _ -> 1e-3;
        };
    }

    @Override
    public Set<TaskType> tasks(AdapterConfig config) {
        return ALL_TASKS;
    }

    @Override
    public Recipe recipe(AdapterConfig config, FineTuneRequest request) {
        return Recipe.of(inputs -> tuning(config, inputs));
    }

    private Tuning tuning(AdapterConfig config, Inputs inputs) {
        String base = inputs.request().model();
        return switch (config) {
            case AdapterConfig.Bottlenecks(BottleneckConfig bottlenecks) -> {
                BottleneckModel model = BottleneckModel.build(bottlenecks, inputs);
                yield Tuning.ofHead(
                        inputs,
                        model.network(),
                        model.trained(),
                        learningRate(config),
                        model.headModules(),
                        folder ->
                                model.write(folder, adapterName(inputs.request().id()), base));
            }
            case AdapterConfig.Rescaling(Ia3Config ia3) -> {
                Ia3Model model = Ia3Model.build(ia3, inputs);
                yield Tuning.ofHead(
                        inputs,
                        model.network(),
                        model.trained(),
                        learningRate(config),
                        model.savedModules(),
                        folder -> model.write(folder, base));
            }
        };
    }

    /**
     * What {@code adapters} calls the adapter of a job. The hyphen keeps it apart from the attributes of PyTorch's
     * modules, after which no module can be named; a point would end the name.
     */
    static String adapterName(String job) {
        return "tenfold-" + job.replaceAll("[^A-Za-z0-9_-]", "_");
    }
}
