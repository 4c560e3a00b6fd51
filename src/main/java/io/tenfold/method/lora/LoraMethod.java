package io.tenfold.method.lora;

import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.Fields;
import io.tenfold.method.ArtifactOpener;
import io.tenfold.method.FineTuneMethod;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.train.Inputs;
import io.tenfold.train.Stage;
import io.tenfold.train.Tuning;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.util.List;

/** Trains low-rank updates of frozen layers, and the head (Hu et al. 2021, arXiv:2106.09685). */
@ApplicationScoped
public class LoraMethod implements FineTuneMethod<LoraConfig>, ArtifactOpener {

    @Override
    public String name() {
        return "lora";
    }

    @Override
    public LoraConfig read(Fields options) {
        return LoraConfig.read(options);
    }

    @Override
    public double learningRate(LoraConfig config) {
        return 1e-4;
    }

    @Override
    public List<Stage> stages(LoraConfig config) {
        return List.of(Stage.only(inputs -> tuning(config, inputs)));
    }

    private Tuning tuning(LoraConfig config, Inputs inputs) {
        LoraModel model = LoraModel.build(config, inputs);
        return Tuning.ofHead(
                inputs, model.network(), model.trained(), learningRate(config), model.savedModules(), folder -> {
                    model.write(folder, inputs.request().model());
                    if (config.merge()) {
                        model.writeMerged(folder.resolve("merged"), inputs.tokenizer(), inputs.backend());
                    }
                });
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
        LoraConfig config = AdapterConfig.read(PeftFiles.readConfig(artifact), artifact.toString());
        return LoraModel.open(config, artifact, base, head, backend).network();
    }
}
