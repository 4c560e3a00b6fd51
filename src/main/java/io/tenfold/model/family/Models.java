package io.tenfold.model.family;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.common.Blueprint;
import io.tenfold.model.common.ConfigFile;
import io.tenfold.model.common.ModelFamily;
import io.tenfold.model.common.ModelSizes;
import io.tenfold.model.common.SharedWeights;
import io.tenfold.model.common.Weights;
import io.tenfold.model.decoder.Decoders;
import io.tenfold.model.encoder.Encoders;
import io.tenfold.tensor.Backend;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Opens models in Hugging Face layout, of every family that is served: {@code model_type} chooses. */
public final class Models {

    private static final List<ModelFamily> FAMILIES = Stream.of(Encoders.FAMILIES, Decoders.FAMILIES)
            .flatMap(List::stream)
            .toList();

    private Models() {}

    /**
     * Loads a model and gives it a head.
     *
     * @param folder with {@code config.json} and safetensors
     * @param hooks of the method; {@link ModelHooks#NONE} for the plain model
     * @throws io.tenfold.job.JobException {@code bad_model} when the folder is not such a model; the message names what
     *     is wrong and the way out
     */
    public static Network load(Path folder, HeadSpec head, ModelHooks hooks, Backend backend, LoadOptions options) {
        return load(folder, Map.of("", head), hooks, backend, options);
    }

    /**
     * The same with several heads.
     *
     * @param heads by name; each is drawn, whatever the checkpoint has. An only one has the empty name
     */
    public static Network load(
            Path folder, Map<String, HeadSpec> heads, ModelHooks hooks, Backend backend, LoadOptions options) {
        Blueprint blueprint = blueprint(folder, options.dropout());
        NDManager manager = backend.manager().newSubManager();
        try (SafetensorsReader file = SafetensorsReader.openModel(folder)) {
            Weights weights = new Weights(
                    manager, file, blueprint.family().prefix(), blueprint.initializerRange(), options.seed());
            return blueprint.network(manager, heads, weights, hooks);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** Whether a model's tokens see only those before them, so that it can say the next one; errors as {@link #load}. */
    public static boolean isDecoder(Path folder) {
        return Decoders.FAMILIES.contains(blueprint(folder, 0.0).family());
    }

    /** How many positions rows of a model can take, as its {@code config.json} says; errors as {@link #load}. */
    public static int maxPositions(Path folder) {
        return sizes(folder).maxPositions();
    }

    /** The sizes of a model as its {@code config.json} says, without its weights; errors as {@link #load}. */
    public static ModelSizes sizes(Path folder) {
        return blueprint(folder, 0.0).sizes();
    }

    /** Opens a model whose weights several networks share; errors as {@link #load}. */
    public static BaseModel base(Path folder, Backend backend) {
        Blueprint plain = blueprint(folder, 0.0);
        String prefix = plain.family().prefix();
        SharedWeights shared =
                new SharedWeights(backend.manager().newSubManager(), SafetensorsReader.openModel(folder));
        return new BaseModel() {
            @Override
            public Path folder() {
                return folder;
            }

            @Override
            public Network network(HeadSpec head, ModelHooks hooks, Predicate<String> own) {
                NDManager manager = backend.manager().newSubManager();
                try {
                    Weights weights = new Weights(manager, shared, own, prefix, plain.initializerRange());
                    return plain.network(manager, Map.of("", head), weights, hooks);
                } catch (RuntimeException e) {
                    manager.close();
                    throw e;
                }
            }

            @Override
            public Network network(Map<String, HeadSpec> heads, ModelHooks hooks, LoadOptions options) {
                Blueprint trained = blueprint(folder, options.dropout());
                NDManager manager = backend.manager().newSubManager();
                try {
                    Weights weights = new Weights(manager, shared, prefix, trained.initializerRange(), options.seed());
                    return trained.network(manager, heads, weights, hooks);
                } catch (RuntimeException e) {
                    manager.close();
                    throw e;
                }
            }

            @Override
            public void close() {
                shared.close();
            }
        };
    }

    private static Blueprint blueprint(Path folder, @Nullable Double dropout) {
        ObjectNode json = ConfigFile.read(folder);
        try {
            return ConfigFile.family(json, FAMILIES).blueprint(json, dropout);
        } catch (IllegalArgumentException e) {
            throw ConfigFile.bad("config.json makes no model: " + e.getMessage());
        }
    }
}
