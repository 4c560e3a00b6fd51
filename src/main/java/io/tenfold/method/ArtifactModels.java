package io.tenfold.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.quarkus.arc.All;
import io.tenfold.checkpoint.JsonFile;
import io.tenfold.data.TextTokenizer;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.job.Suggest;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.family.Models;
import io.tenfold.tensor.Backend;
import io.tenfold.train.HeadFiles;
import io.tenfold.train.Scoring;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Opens artifacts of any method, and whole models, for prediction. */
@ApplicationScoped
public class ArtifactModels {

    /** Where artifacts with an adapter for each task or domain have them. */
    private static final String ADAPTERS = "adapters";

    private final List<ArtifactOpener> openers;

    public ArtifactModels(@All List<ArtifactOpener> openers) {
        this.openers = List.copyOf(openers);
    }

    /** Where the artifact's base model lies; empty for a whole model. */
    public Optional<String> baseLocation(Path artifact) {
        List<String> adapters = adapters(artifact);
        Path folder = adapters.isEmpty() ? artifact : artifact.resolve(ADAPTERS).resolve(adapters.getFirst());
        return opener(folder).filter(opener -> !opener.isWhole(folder)).map(opener -> opener.baseLocation(folder));
    }

    /** The tasks or domains that an artifact has parts for, sorted; empty for one that is for one. */
    private static List<String> parts(Path artifact) {
        return HeadFiles.areIn(artifact)
                ? HeadFiles.heads(artifact).keySet().stream().sorted().toList()
                : adapters(artifact);
    }

    private static List<String> adapters(Path artifact) {
        Path folder = artifact.resolve(ADAPTERS);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isDirectory)
                    .map(path -> String.valueOf(path.getFileName()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether an artifact has parts for tasks or domains, of which one must be chosen. */
    public static boolean hasParts(Path artifact) {
        return !parts(artifact).isEmpty();
    }

    private static String part(Path artifact, List<String> parts, @Nullable String asked, String location) {
        if (asked == null && parts.size() == 1) {
            return parts.getFirst();
        }
        String what = HeadFiles.areIn(artifact) ? "task" : "task or domain";
        if (asked == null || !parts.contains(asked)) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "task",
                    "%s has several tasks or domains%s; choose one of %s%s"
                            .formatted(
                                    location,
                                    asked == null ? "" : ", but no %s %s".formatted(what, asked),
                                    String.join(", ", parts),
                                    asked == null ? "" : Suggest.didYouMean(asked, parts)));
        }
        return asked;
    }

    /**
     * Opens an artifact.
     *
     * @param base the base model; null for a whole model
     * @param location what the artifact's owner calls it, for messages
     */
    public Network open(Path artifact, @Nullable BaseModel base, String location, Backend backend) {
        return open(artifact, base, location, ModelHooks.NONE, backend);
    }

    /** The same for somebody who looks at what the layers make: the hooks come after the artifact's own. */
    public Network open(Path artifact, @Nullable BaseModel base, String location, ModelHooks hooks, Backend backend) {
        Optional<ArtifactOpener> opener = opener(artifact);
        if (opener.isPresent() && base != null) {
            refuseEncoder(artifact, opener.get(), base, location);
            return opener.get().open(artifact, watched(base, hooks), head(artifact, opener.get()), backend);
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
        Network network = Models.load(artifact, head(artifact, null), hooks, backend, new LoadOptions(0, 0.0));
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
     * @param asked the task or domain of an artifact that has several; null where there is nothing to choose
     * @throws JobException bad_request for a task or domain that the artifact does not have
     */
    public Scoring scoring(
            Path artifact,
            @Nullable BaseModel base,
            String location,
            TextTokenizer tokenizer,
            Backend backend,
            @Nullable String asked) {
        List<String> parts = parts(artifact);
        if (!parts.isEmpty()) {
            String part = part(artifact, parts, asked, location);
            return HeadFiles.areIn(artifact)
                    ? ofHead(artifact, part, tokenizer, backend)
                    : scoring(artifact.resolve(ADAPTERS).resolve(part), base, location, tokenizer, backend, null);
        }
        if (asked != null) {
            throw new JobException(
                    ErrorCode.BAD_REQUEST,
                    "task",
                    "%s is for one task and one domain, and %s is asked for; leave that out"
                            .formatted(location, asked));
        }
        return ofOne(artifact, base, location, tokenizer, backend);
    }

    private static void refuseEncoder(Path artifact, ArtifactOpener opener, BaseModel base, String location) {
        if (head(artifact, opener).vocabulary() && !Models.isDecoder(base.folder())) {
            throw new JobException(
                    ErrorCode.BAD_MODEL,
                    location,
                    "%s is a language model's (task_type CAUSAL_LM), but its base is an encoder; give the decoder that it was made for"
                            .formatted(location));
        }
    }

    private static Scoring ofHead(Path artifact, String head, TextTokenizer tokenizer, Backend backend) {
        Network network =
                Models.load(artifact, HeadFiles.heads(artifact), ModelHooks.NONE, backend, new LoadOptions(0, 0.0));
        try {
            HeadFiles.read(artifact, network, backend);
            List<String> drawn = network.report().drawn().stream()
                    .filter(name -> !name.startsWith(Network.HEADS))
                    .toList();
            if (!drawn.isEmpty()) {
                throw new JobException(
                        ErrorCode.BAD_MODEL,
                        null,
                        "model.safetensors has no %s, which the heads read: what they said would be chance; take the whole artifact"
                                .formatted(String.join(", ", drawn)));
            }
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
        return new Scoring(
                network,
                tokenizer,
                (batch, training) -> network.logits(head, batch.tokens(), training),
                Objects.requireNonNull(network.heads().get(head)));
    }

    private Scoring ofOne(
            Path artifact, @Nullable BaseModel base, String location, TextTokenizer tokenizer, Backend backend) {
        Optional<ArtifactOpener> opener = opener(artifact);
        if (opener.isPresent() && (base != null || opener.get().isWhole(artifact))) {
            return opener.get().scoring(artifact, base, head(artifact, opener.get()), tokenizer, backend);
        }
        return Scoring.of(open(artifact, base, location, backend), tokenizer);
    }

    private static BaseModel watched(BaseModel base, ModelHooks after) {
        return new BaseModel() {
            @Override
            public Path folder() {
                return base.folder();
            }

            @Override
            public Network network(HeadSpec head, ModelHooks hooks, Predicate<String> own) {
                return base.network(head, hooks.then(after), own);
            }

            @Override
            public Network network(Map<String, HeadSpec> heads, ModelHooks hooks, LoadOptions options) {
                return base.network(heads, hooks.then(after), options);
            }

            @Override
            public void close() {
                base.close();
            }
        };
    }

    /** Opens a base model once for all artifacts on it. */
    public static BaseModel base(Path folder, Backend backend) {
        return Models.base(folder, backend);
    }

    private Optional<ArtifactOpener> opener(Path artifact) {
        return openers.stream().filter(opener -> opener.opens(artifact)).findFirst();
    }

    /** What the outputs of an artifact, or of a whole model, mean, as far as its files tell. */
    public HeadSpec head(Path artifact) {
        return head(artifact, opener(artifact).orElse(null));
    }

    private static HeadSpec head(Path artifact, @Nullable ArtifactOpener opener) {
        JsonNode config = read(artifact.resolve("config.json"));
        if (opener == null ? writes(config) : opener.writes(artifact)) {
            return HeadSpec.causalLm();
        }
        JsonNode labels = read(artifact.resolve("metrics.json")).path("labels");
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
        boolean ofTokens = opener == null
                ? config.path("architectures").path(0).asText().endsWith("ForTokenClassification")
                : opener.isOfTokens(artifact);
        int unnamed = opener == null ? config.path("num_labels").asInt(2) : opener.outputs(artifact);
        int outputs = names.isEmpty() ? unnamed : names.size();
        if (ofTokens) {
            return HeadSpec.tokens(names.isEmpty() ? HeadSpec.unnamed(outputs) : names);
        }
        // Transformers takes one output for a number unless problem_type says otherwise.
        if (config.path("problem_type").asText(outputs == 1 ? "regression" : "").equals("regression")) {
            return HeadSpec.number();
        }
        return names.isEmpty() ? HeadSpec.classification(outputs) : HeadSpec.classification(names);
    }

    /** Whether a whole model is a decoder with its language head. */
    private static boolean writes(JsonNode config) {
        String name = config.path("architectures").path(0).asText();
        return name.endsWith("ForCausalLM") || name.endsWith("LMHeadModel");
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
