package io.tenfold.method.prompt;

import io.tenfold.job.Fields;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.train.Stage;
import java.util.List;

/** Prompts, by kind. */
public class PromptMethod implements FineTuneMethod<PromptConfig> {

    @Override
    public String name() {
        return "prompt";
    }

    @Override
    public PromptConfig read(Fields options) {
        return PromptConfig.read(options);
    }

    @Override
    public double learningRate(PromptConfig config) {
        return switch (config) {
            case SoftConfig _, PTuningConfig _ -> 1e-3;
        };
    }

    @Override
    public List<Stage> stages(PromptConfig config) {
        return switch (config) {
            case SoftConfig _, PTuningConfig _ -> List.of();
        };
    }
}
