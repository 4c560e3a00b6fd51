package io.tenfold.method.prompt;

import io.tenfold.data.Draw;
import io.tenfold.data.RowEncoder;
import io.tenfold.data.TextTokenizer;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Prompts, by kind. Opens what the kinds with virtual tokens write, and PEFT's own files of them. */
@ApplicationScoped
public class PromptMethod implements FineTuneMethod<PromptConfig>, PeftOpener {

    private static final double RATE = 1e-3;

    /** Of PET, where all weights are trained (Schick and Schütze 2021, arXiv:2001.07676, appendix B). */
    private static final double HARD_RATE = 1e-5;

    /** PET trains on a few rows for about as many; three epochs of them would be three steps. */
    private static final int HARD_STEPS = 250;

    @Override
    public String name() {
        return "prompt";
    }

    @Override
    public PromptConfig read(Fields options) {
        return PromptConfig.read(options);
    }

    @Override
    public void check(PromptConfig config, FineTuneRequest request, Fields options) {
        if (config instanceof HardConfig hard) {
            hard.check(request, options);
        }
    }

    @Override
    public RowEncoder encoder(PromptConfig config, TextTokenizer tokenizer) {
        return config instanceof HardConfig hard ? hard.encoder(tokenizer) : tokenizer;
    }

    @Override
    public Draw draw(PromptConfig config, long seed) {
        return config instanceof HardConfig hard ? new Draw(hard.shots(), seed, "method.shots") : Draw.ALL;
    }

    @Override
    public boolean readsPlainRows(PromptConfig config) {
        return !(config instanceof HardConfig);
    }

    @Override
    public double learningRate(PromptConfig config) {
        return switch (config) {
            case SoftConfig _, PTuningConfig _ -> RATE;
            case HardConfig _ -> HARD_RATE;
        };
    }

    @Override
    public @Nullable Integer usualSteps(PromptConfig config) {
        return config instanceof HardConfig hard && hard.shots() > 0 ? HARD_STEPS : null;
    }

    @Override
    public Set<TaskType> tasks(PromptConfig config) {
        return config instanceof HardConfig ? LABELS : ALL_TASKS;
    }

    @Override
    public Recipe recipe(PromptConfig config, FineTuneRequest request) {
        return switch (config) {
            case SoftConfig soft -> Recipe.of(inputs -> PromptModel.tuning(soft, inputs, RATE));
            case PTuningConfig tuned -> Recipe.of(inputs -> PromptModel.tuning(tuned, inputs, RATE));
            case HardConfig hard -> Recipe.of(inputs -> HardTuning.of(hard, inputs, HARD_RATE));
        };
    }

    @Override
    public boolean opens(Path artifact) {
        return PromptArtifact.isOf(artifact, PromptModel.PEFT_TYPES);
    }

    @Override
    public Network open(Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        return PromptModel.open(artifact, base, head, backend);
    }
}
