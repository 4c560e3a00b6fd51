package io.tenfold.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.quarkus.arc.All;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.encoder.EncoderModels;
import io.tenfold.tensor.Backend;
import io.tenfold.train.Scoring;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens artifacts of any method, and whole models, for prediction. */
@ApplicationScoped
public class ArtifactModels {

    private final List<ArtifactOpener> openers;

    public ArtifactModels(@All List<ArtifactOpener> openers) {
        this.openers = List.copyOf(openers);
    }

    /** Where the artifact's base model lies; empty for a whole model. */
    public Optional<String> baseLocation(Path artifact) {
        return opener(artifact)
                .filter(opener -> !opener.isWhole(artifact))
                .map(opener -> opener.baseLocation(artifact));
    }

    /**
     * Opens an artifact.
     *
     * @param base the base model; null for a whole model
     * @param location what the artifact's owner calls it, for messages
     */
    public Network open(Path artifact, @Nullable BaseModel base, String location, Backend backend) {
        Optional<ArtifactOpener> opener = opener(artifact);
        if (opener.isPresent() && base != null) {
            return opener.get().open(artifact, base, head(artifact, opener.get()), backend);
        }
        if (Files.exists(artifact.resolve("adapter_config.json"))) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    location,
                    "%s is an adapter of a kind that this version can't open: peft_type is %s"
                            .formatted(
                                    location,
                                    read(artifact.resolve("adapter_config.json"))
                                            .path("peft_type")));
        }
        Network network =
                EncoderModels.load(artifact, head(artifact, null), ModelHooks.NONE, backend, new LoadOptions(0, 0.0));
        List<String> drawn = network.report().drawn();
        if (!drawn.isEmpty()) {
            network.close();
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    location,
                    "%s has no trained head (%s is missing, or of another shape): what it said would be chance; tune it first"
                            .formatted(location, String.join(", ", drawn)));
        }
        return network;
    }

    /**
     * Opens an artifact with its way of scoring rows.
     *
     * @param base as for {@link #open}
     * @param tokenizer of the base, or of the whole model
     */
    public Scoring scoring(
            Path artifact, @Nullable BaseModel base, String location, TextTokenizer tokenizer, Backend backend) {
        Optional<ArtifactOpener> opener = opener(artifact);
        if (opener.isPresent() && (base != null || opener.get().isWhole(artifact))) {
            return opener.get().scoring(artifact, base, head(artifact, opener.get()), tokenizer, backend);
        }
        return Scoring.of(open(artifact, base, location, backend), tokenizer);
    }

    /** Opens a base model once for all artifacts on it. */
    public static BaseModel base(Path folder, Backend backend) {
        return EncoderModels.base(folder, backend);
    }

    private Optional<ArtifactOpener> opener(Path artifact) {
        return openers.stream().filter(opener -> opener.opens(artifact)).findFirst();
    }

    private static HeadSpec head(Path artifact, @Nullable ArtifactOpener opener) {
        JsonNode labels = read(artifact.resolve("metrics.json")).path("labels");
        JsonNode config = read(artifact.resolve("config.json"));
        List<String> names = new ArrayList<>();
        if (labels.isArray()) {
            labels.forEach(label -> names.add(label.asText()));
        } else if (config.path("id2label").isObject()) {
            JsonNode byId = config.path("id2label");
            for (int id = 0; byId.has(Integer.toString(id)); id++) {
                names.add(byId.path(Integer.toString(id)).asText());
            }
        }
        if (names.isEmpty() && opener != null) {
            names.addAll(opener.labels(artifact));
        }
        int unnamed = opener == null ? config.path("num_labels").asInt(2) : opener.outputs(artifact);
        int outputs = names.isEmpty() ? unnamed : names.size();
        // Transformers takes one output for a number unless problem_type says otherwise.
        if (config.path("problem_type").asText(outputs == 1 ? "regression" : "").equals("regression")) {
            return HeadSpec.number();
        }
        return names.isEmpty() ? HeadSpec.classification(outputs) : HeadSpec.classification(names);
    }

    private static JsonNode read(Path file) {
        try {
            return Files.exists(file) ? JsonFile.read(file) : MissingNode.getInstance();
        } catch (IOException e) {
            throw new JobException(
                    ErrorCode.BAD_MODEL, null, "%s can't be read: %s".formatted(file, e.getMessage()), e);
        }
    }
}
