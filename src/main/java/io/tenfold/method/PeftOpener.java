package io.tenfold.method;

import io.tenfold.checkpoint.PeftFiles;
import java.nio.file.Path;

/** Opens artifacts in PEFT's files, which say the same of every method: where the base is, and how many outputs there are. */
public interface PeftOpener extends ArtifactOpener {

    @Override
    default String baseLocation(Path artifact) {
        return PeftFiles.readConfig(artifact).path("base_model_name_or_path").asText();
    }

    @Override
    default int outputs(Path artifact) {
        return PeftFiles.outputs(artifact);
    }
}
