package io.tenfold.method.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.tenfold.checkpoint.OtherBase;
import io.tenfold.checkpoint.PeftFiles;
import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
import io.tenfold.model.LinearSite;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.train.TiedWords;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The tensors of a PEFT file on their way into a network. What has no place there was made for another base. */
final class AdapterValues {

    /** What PEFT saves besides with {@code bias: all}: the biases within {@code modules_to_save} once more, unused. */
    private static final List<String> COPIES = List.of(".original_module.", ".modules_to_save.");

    private final LoraConfig config;
    private final Map<String, NDArray> tensors;
    private final String location;

    private AdapterValues(LoraConfig config, Map<String, NDArray> tensors, String location) {
        this.config = config;
        this.tensors = tensors;
        this.location = location;
    }

    /** Reads the file; its tensors are of the scope. */
    static AdapterValues read(LoraConfig config, Path artifact, NDManager scope) {
        return new AdapterValues(config, PeftFiles.readTensors(artifact, scope), artifact.toString());
    }

    /** Whether the file brings a parameter of the model as it is. */
    boolean bring(String parameter) {
        return tensors.containsKey(LoraHooks.PREFIX + parameter);
    }

    /** Factors to be filled, made only after the file's own were found to have the shapes that they must have. */
    Start start(Backend backend) {
        Start start = config.changesTheBase() ? new PrincipalInit(config, backend) : Start.zeros(config, backend);
        return new Start() {
            @Override
            public Factors factors(LinearSite site) {
                int rank = config.rank(site.name());
                String name = LoraHooks.PREFIX + site.name();
                fitting(name + ".lora_A.weight", new Shape(rank, site.inFeatures()));
                fitting(name + ".lora_B.weight", new Shape(site.outFeatures(), rank));
                return start.factors(site);
            }

            @Override
            public boolean changesTheBase() {
                return start.changesTheBase();
            }
        };
    }

    /** Takes out the output layer that the words are: see {@link TiedWords}. */
    void tie(Network network) {
        TiedWords.take(tensors, network, location);
    }

    /**
     * Fills an adapter's parameters. Updates must be in the file; of the rest, what it lacks is the base's, as in PEFT.
     *
     * @param key PEFT's name of a parameter
     * @param drawn the parameters that the base lacks
     * @throws JobException bad_model when file and model don't fit together
     */
    void fill(Parameters parameters, UnaryOperator<String> key, Collection<String> drawn) {
        Set<String> left = new LinkedHashSet<>(tensors.keySet());
        try (Recording _ = Recording.off()) {
            for (Parameter parameter : parameters) {
                String name = key.apply(parameter.name());
                boolean update = parameter.name().startsWith(LoraHooks.PREFIX);
                if (update || tensors.containsKey(name)) {
                    parameter.set(fitting(name, parameter.shape()));
                    left.remove(name);
                } else if (drawn.contains(parameter.name())) {
                    throw bad("%s is not saved (modules_to_save), and the base model lacks it; take a base that has it"
                            .formatted(name));
                }
            }
        }
        left.removeIf(
                name -> config.bias() == LoraConfig.Bias.ALL && COPIES.stream().anyMatch(name::contains));
        refuse(left);
    }

    private void refuse(Set<String> left) {
        for (String name : left) {
            if (name.contains(".lora_embedding_")) {
                throw bad("%s is an update of embeddings, which this version can't compute".formatted(name));
            }
            throw otherBase("%s has no place in the base model".formatted(name));
        }
    }

    private NDArray fitting(String name, Shape shape) {
        NDArray value = tensors.get(name);
        if (value == null || !value.getShape().equals(shape)) {
            throw otherBase("%s is %s; the base model needs %s"
                    .formatted(name, value == null ? "missing" : value.getShape(), shape));
        }
        return value;
    }

    private JobException otherBase(String what) {
        return OtherBase.refused(location, what);
    }

    private JobException bad(String what) {
        return new JobException(ErrorCode.BAD_MODEL, null, location + ": " + what);
    }
}
