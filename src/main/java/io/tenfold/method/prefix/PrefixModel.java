package io.tenfold.method.prefix;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
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

/** A base model with a prefix in every layer: how it is trained, written, and opened. */
final class PrefixModel {

    private PrefixModel() {}

    static Tuning tuning(PrefixConfig config, Inputs inputs, double usualRate) {
        PrefixHooks hooks = new PrefixHooks(config.numVirtualTokens());
        Network network = Networks.load(inputs, hooks);
        int width = config.encoderHiddenSize() == null ? network.keyValueWidth() : config.encoderHiddenSize();
        PrefixEncoder encoder = encoder(
                config, inputs.backend(), inputs.options().seed(), network.layers(), network.keyValueWidth(), width);
        hooks.encodedBy(encoder);
        Parameters trained = new Parameters(encoder.parameters());
        trained.addAll(network.newParameters());
        return Tuning.ofHead(
                inputs,
                network,
                trained,
                usualRate,
                network.newModules(),
                folder -> write(folder, config, inputs, network, encoder, width));
    }

    static PrefixEncoder encoder(PrefixConfig config, Backend backend, long seed, int layers, int hidden, int width) {
        int count = config.numVirtualTokens();
        return config.prefixProjection()
                ? PrefixProjection.of(backend, seed, count, layers, hidden, width)
                : PrefixTable.of(backend, seed, count, layers, hidden);
    }

    private static void write(
            Path folder, PrefixConfig config, Inputs inputs, Network network, PrefixEncoder encoder, int width) {
        int count = config.numVirtualTokens();
        int hidden = network.keyValueWidth();
        try (NDManager scope = inputs.backend().scope();
                Recording _ = Recording.off()) {
            NDArray table = scope.create(
                    table(encoder, scope, count, network.layers(), hidden),
                    new Shape(count, 2L * network.layers() * hidden));
            PromptArtifact.write(
                    folder,
                    network,
                    PromptArtifact.options(PromptArtifact.PREFIX_TUNING)
                            .put("prefix_projection", config.prefixProjection())
                            .put("encoder_hidden_size", width),
                    inputs.request().model(),
                    table);
        }
    }

    /** PEFT's table, [count, layers * 2 * hidden]: for each token the key and the value of each layer. */
    private static float[] table(PrefixEncoder encoder, NDManager scope, int count, int layers, int hidden) {
        float[] table = new float[count * 2 * layers * hidden];
        for (int part = 0; part < 2 * layers; part++) {
            float[] own =
                    (part % 2 == 0 ? encoder.keys(scope, part / 2) : encoder.values(scope, part / 2)).toFloatArray();
            for (int token = 0; token < count; token++) {
                System.arraycopy(own, token * hidden, table, (token * 2 * layers + part) * hidden, hidden);
            }
        }
        return table;
    }

    /** For prediction. */
    static Network open(Path artifact, BaseModel base, HeadSpec head, Backend backend) {
        try (NDManager scope = backend.scope()) {
            PromptArtifact files = PromptArtifact.read(artifact, scope);
            PrefixHooks hooks = new PrefixHooks(files.virtualTokens());
            Network network = files.network(base, head, hooks);
            try {
                float[] table = files.embeddings(2L * network.layers() * network.keyValueWidth());
                hooks.encodedBy(PrefixTable.of(
                        table, backend, files.virtualTokens(), network.layers(), network.keyValueWidth()));
                return network;
            } catch (RuntimeException e) {
                network.close();
                throw e;
            }
        }
    }
}
