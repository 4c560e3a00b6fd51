package io.tenfold.method.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.model.BaseModel;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.Network;
import io.tenfold.tensor.Backend;
import io.tenfold.tensor.Parameters;
import io.tenfold.tensor.Recording;
import io.tenfold.train.Inputs;
import io.tenfold.train.Networks;
import io.tenfold.train.PromptArtifact;
import io.tenfold.train.Tuning;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A base model with virtual tokens before each row: how it is trained, written, and opened. */
final class PromptModel {

    /** PEFT's names of the two kinds. Their artifacts differ in nothing else that matters to a reader. */
    static final List<String> PEFT_TYPES = List.of("PROMPT_TUNING", "P_TUNING");

    private PromptModel() {}

    static Tuning tuning(SoftConfig config, Inputs inputs, double usualRate) {
        VirtualTokens tokens = new VirtualTokens(config.numVirtualTokens());
        Network network = Networks.load(inputs, tokens);
        return tuning(
                inputs,
                network,
                tokens,
                TokenTable.of(config, network, inputs),
                options(config, inputs.request().model()),
                usualRate);
    }

    static Tuning tuning(PTuningConfig config, Inputs inputs, double usualRate) {
        VirtualTokens tokens = new VirtualTokens(config.numVirtualTokens());
        Network network = Networks.load(inputs, tokens);
        int hidden = network.hiddenSize();
        int width = config.encoderHiddenSize() == null ? hidden : config.encoderHiddenSize();
        return tuning(
                inputs, network, tokens, encoder(config, inputs, hidden, width), options(config, width), usualRate);
    }

    private static TokenEncoder encoder(PTuningConfig config, Inputs inputs, int hidden, int width) {
        Backend backend = inputs.backend();
        long seed = inputs.options().seed();
        return switch (config.encoder()) {
            case MLP -> MlpEncoder.of(backend, seed, config.numVirtualTokens(), hidden, width);
            case LSTM ->
                LstmEncoder.of(
                        backend,
                        seed,
                        config,
                        hidden,
                        width,
                        dropout(config, inputs.options().dropout()));
        };
    }

    /** {@code training.dropout} 0 turns every dropout off. */
    private static double dropout(PTuningConfig config, @Nullable Double all) {
        return all != null && all == 0 ? 0 : config.encoderDropout();
    }

    private static Tuning tuning(
            Inputs inputs,
            Network network,
            VirtualTokens tokens,
            TokenEncoder encoder,
            ObjectNode options,
            double usualRate) {
        tokens.encodedBy(encoder);
        Parameters trained = new Parameters(encoder.parameters());
        trained.addAll(network.newParameters());
        return Tuning.ofHead(inputs, network, trained, usualRate, network.newModules(), folder -> {
            try (NDManager scope = inputs.backend().scope();
                    Recording _ = Recording.off()) {
                NDArray embeddings = encoder.embeddings(scope, false);
                PromptArtifact.write(folder, network, options, inputs.request().model(), embeddings);
            }
        });
    }

    private static ObjectNode options(SoftConfig config, String baseLocation) {
        ObjectNode options = PromptArtifact.options("PROMPT_TUNING")
                .put("prompt_tuning_init", config.init().name())
                .put("prompt_tuning_init_text", config.initText());
        // PEFT refuses TEXT without it, also where it has no use for it.
        return config.init() == SoftConfig.Init.TEXT ? options.put("tokenizer_name_or_path", baseLocation) : options;
    }

    private static ObjectNode options(PTuningConfig config, int width) {
        return PromptArtifact.options("P_TUNING")
                .put("encoder_reparameterization_type", config.encoder().name())
                .put("encoder_hidden_size", width)
                .put("encoder_num_layers", config.encoderNumLayers())
                .put("encoder_dropout", config.encoderDropout());
    }

    /** For prediction. */
    static Network open(Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        try (NDManager scope = backend.scope()) {
            PromptArtifact files = PromptArtifact.read(artifact, scope);
            VirtualTokens tokens = new VirtualTokens(files.virtualTokens());
            Network network = files.network(base, head, tokens);
            try {
                float[] values = files.embeddings(network.hiddenSize());
                tokens.encodedBy(TokenTable.of(values, files.virtualTokens(), backend));
                return network;
            } catch (RuntimeException e) {
                network.close();
                throw e;
            }
        }
    }
}
