package io.tenfold.method.lora;

import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.Fields;
import io.tenfold.job.FineTuneRequest;
import io.tenfold.job.FineTuneRequest.TaskType;
import io.tenfold.method.ArtifactOpener;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.Inputs;
import io.tenfold.train.ParameterGroups;
import io.tenfold.train.Recipe;
import io.tenfold.train.Tuning;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Trains low-rank updates of frozen layers, and the head (Hu et al. 2021, arXiv:2106.09685). */
@ApplicationScoped
public class LoraMethod implements FineTuneMethod<LoraOptions>, ArtifactOpener {

    @Override
    public String name() {
        return "lora";
    }

    @Override
    public LoraOptions read(Fields options) {
        return LoraOptions.read(options);
    }

    @Override
    public double learningRate(LoraOptions options) {
        return 1e-4;
    }

    @Override
    public Set<TaskType> tasks(LoraOptions config) {
        return ALL_TASKS;
    }

    @Override
    public Recipe recipe(LoraOptions options, FineTuneRequest request) {
        return Recipe.of(inputs -> tuning(options, inputs));
    }

    @Override
    public Map<String, String> locations(LoraOptions options) {
        return options.locations();
    }

    private Tuning tuning(LoraOptions options, Inputs inputs) {
        LoraModel model = LoraModel.build(options, inputs);
        Parameters trained = options.trainsNothing() ? new Parameters() : model.parameters();
        Tuning tuning =
                Tuning.ofHead(inputs, model.network(), trained, learningRate(options), model.savedModules(), folder -> {
                    model.write(folder, inputs.request().model(), inputs.backend());
                    if (options.merge()) {
                        model.writeMerged(folder.resolve("merged"), inputs.tokenizer(), inputs.backend());
                    }
                });
        Double ratio = options.loraplusLrRatio();
        return ratio == null
                ? tuning
                : tuning.withGroups(ParameterGroups.of(
                        trained, inputs.options().weightDecay(), parameter -> isFast(parameter) ? ratio : 1));
    }

    /** LoRA+ (Hayou et al. 2024, arXiv:2402.12354): what learns faster, as PEFT's optimiser sorts it: B, and vectors. */
    private static boolean isFast(Parameter parameter) {
        return parameter.name().contains("lora_B") || parameter.shape().dimension() == 1;
    }

    @Override
    public boolean opens(Path artifact) {
        return PeftFiles.areIn(artifact)
                && PeftFiles.readConfig(artifact).path("peft_type").asText().equals("LORA");
    }

    @Override
    public String baseLocation(Path artifact) {
        return PeftFiles.readConfig(artifact).path("base_model_name_or_path").asText();
    }

    @Override
    public int outputs(Path artifact) {
        return PeftFiles.outputs(artifact);
    }

    @Override
    public Network open(Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        LoraConfig config = LoraConfigFile.read(PeftFiles.readConfig(artifact), artifact.toString());
        return LoraModel.open(config, artifact, base, head, backend).network();
    }
}
