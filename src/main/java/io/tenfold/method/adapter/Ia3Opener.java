package io.tenfold.method.adapter;

import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.method.ArtifactOpener;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;

/** Opens PEFT's IA3 adapters. */
@ApplicationScoped
public class Ia3Opener implements ArtifactOpener {

    @Override
    public boolean opens(Path artifact) {
        return PeftFiles.areIn(artifact)
                && PeftFiles.readConfig(artifact).path("peft_type").asText().equals("IA3");
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
        return Ia3Model.open(artifact, base, head, backend);
    }
}
