package io.tenfold.method.prefix;

import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.method.PeftOpener;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.train.PromptArtifact;
import io.tenfold.train.Recipe;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Trains keys and values that every token attends to in every layer, and the head. */
@ApplicationScoped
public class PrefixMethod implements FineTuneMethod<PrefixConfig>, PeftOpener {

    private static final double RATE = 1e-3;

    @Override
    public String name() {
        return "prefix";
    }

    @Override
    public PrefixConfig read(Fields options) {
        return PrefixConfig.read(options);
    }

    @Override
    public double learningRate(PrefixConfig config) {
        return RATE;
    }

    @Override
    public Set<TaskType> tasks(PrefixConfig config) {
        return ALL_TASKS;
    }

    @Override
    public Recipe recipe(PrefixConfig config, FineTuneRequest request) {
        return Recipe.of(inputs -> PrefixModel.tuning(config, inputs, RATE));
    }

    @Override
    public boolean opens(Path artifact) {
        return PromptArtifact.isOf(artifact, List.of(PromptArtifact.PREFIX_TUNING));
    }

    @Override
    public Network open(Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        return PrefixModel.open(artifact, base, head, backend);
    }
}
