package io.tenfold.model.encoder;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.checkpoint.SafetensorsReader;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.LoadOptions;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.common.SharedWeights;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.Backend;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Opens encoders in Hugging Face layout: BERT, RoBERTa, DistilBERT. */
public final class EncoderModels {

    private static final List<Family> FAMILIES = List.of(new Bert(), new Roberta(), new DistilBert());

    private EncoderModels() {}

    /**
     * Loads an encoder and gives it a head.
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
        ObjectNode json = ConfigFile.read(folder);
        Family family = ConfigFile.family(json, FAMILIES);
        EncoderConfig config = config(family, json, options);
        NDManager manager = backend.manager().newSubManager();
        try (SafetensorsReader file = SafetensorsReader.openModel(folder)) {
            Weights weights = new Weights(manager, file, family.prefix(), config.initializerRange(), options.seed());
            return new EncoderNetwork(manager, family, config, json, heads, weights, hooks);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** How many positions rows of a model can take, as its {@code config.json} says; errors as {@link #load}. */
    public static int maxPositions(Path folder) {
        return sizes(folder).maxPositions();
    }

    /**
     * A model's sizes.
     *
     * @param width of the hidden states
     * @param heads of attention
     * @param maxPositions the most tokens of a row
     */
    public record Sizes(int layers, int width, int heads, int maxPositions) {}

    /** The sizes of a model as its {@code config.json} says, without its weights; errors as {@link #load}. */
    public static Sizes sizes(Path folder) {
        ObjectNode json = ConfigFile.read(folder);
        EncoderConfig config = config(ConfigFile.family(json, FAMILIES), json, new LoadOptions(0, 0.0));
        return new Sizes(config.layers(), config.hidden(), config.heads(), config.positions() - config.firstPosition());
    }

    /** Opens an encoder whose weights several networks share; errors as {@link #load}. */
    public static BaseModel base(Path folder, Backend backend) {
        ObjectNode json = ConfigFile.read(folder);
        Family family = ConfigFile.family(json, FAMILIES);
        EncoderConfig config = config(family, json, new LoadOptions(0, 0.0));
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
                    Weights weights = new Weights(manager, shared, own, family.prefix(), config.initializerRange());
                    return new EncoderNetwork(manager, family, config, json, Map.of("", head), weights, hooks);
                } catch (RuntimeException e) {
                    manager.close();
                    throw e;
                }
            }

            @Override
            public Network network(Map<String, HeadSpec> heads, ModelHooks hooks, LoadOptions options) {
                EncoderConfig trained = config(family, json, options);
                NDManager manager = backend.manager().newSubManager();
                try {
                    Weights weights =
                            new Weights(manager, shared, family.prefix(), trained.initializerRange(), options.seed());
                    return new EncoderNetwork(manager, family, trained, json, heads, weights, hooks);
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

    private static EncoderConfig config(Family family, ObjectNode json, LoadOptions options) {
        try {
            return family.config(json, options.dropout());
        } catch (IllegalArgumentException e) {
            throw ConfigFile.bad("config.json makes no model: " + e.getMessage());
        }
    }
}
