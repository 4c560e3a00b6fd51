package io.tenfold.worker;

import io.tenfold.checkpoint.Manifest;
import io.tenfold.job.ArtifactStore;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.method.ArtifactModels;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An artifact's files on this machine.
 *
 * @param base the base model's; null for a whole model
 * @param baseLocation for messages; of a whole model its own
 */
record ArtifactFiles(Path folder, @Nullable Path base, String baseLocation) {

    /** What an artifact's folder may hold that we can use. */
    static final List<String> NAMES = List.of(
            "adapter_config.json",
            "adapter_model.safetensors",
            "adapter.safetensors",
            "head_config.json",
            "model_head.safetensors",
            "prompt.json",
            "heads.json",
            "heads/*",
            "adapters/*",
            "quantization.json",
            "metrics.json",
            "request.json",
            "config.json",
            "model.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "chat_template.jinja",
            "generation_config.json",
            "special_tokens_map.json",
            "vocab.txt",
            "vocab.json",
            "merges.txt");

    /**
     * Brings an artifact and its base here.
     *
     * @param model the base model in place of the one that the artifact names; null: as it says
     * @throws JobException bad_model when something is missing, or the artifact was made for another base
     */
    static ArtifactFiles fetch(String location, @Nullable String model, ArtifactStore store, ArtifactModels models) {
        try {
            Path folder = store.fetchFolder(Manifest.resolve(store, location).folder(), NAMES);
            Optional<String> baseLocation = models.baseLocation(folder);
            if (baseLocation.isEmpty()) {
                return new ArtifactFiles(folder, null, location);
            }
            String base = model == null ? baseLocation.get() : model;
            Path baseFolder = new JobInputs(store, Instant.now()).model(base, "model");
            JobInputs.refuseOtherBase(
                    folder,
                    new JobInputs.Base(baseFolder, base),
                    "model",
                    location,
                    "give its own base with --model (it was made on %s)".formatted(baseLocation.get()));
            return new ArtifactFiles(folder, baseFolder, base);
        } catch (ArtifactStore.NotFoundException e) {
            throw new JobException(ErrorCode.BAD_MODEL, location, String.valueOf(e.getMessage()), e);
        }
    }
}
