package io.tenfold.method.prompt;

import io.tenfold.job.Fields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code kind: p_tuning}, named and meant as in PEFT's {@code PromptEncoderConfig}.
 *
 * @param numVirtualTokens how many tokens come before each row
 * @param encoder what computes them
 * @param encoderHiddenSize its width; null: the model's
 * @param encoderNumLayers of the LSTM
 * @param encoderDropout between the LSTM's layers
 */
record PTuningConfig(
        int numVirtualTokens,
        Encoder encoder,
        @Nullable Integer encoderHiddenSize,
        int encoderNumLayers,
        double encoderDropout)
        implements PromptConfig {

    static final List<String> OPTIONS = List.of(
            "num_virtual_tokens",
            "encoder_reparameterization_type",
            "encoder_hidden_size",
            "encoder_num_layers",
            "encoder_dropout");

    private static final int LAYERS = 2;

    /** An LSTM of this width has more than a billion numbers in two layers. */
    private static final int WIDEST = 8_192;

    /** Three linear layers, or a bidirectional LSTM with two. */
    enum Encoder {
        MLP,
        LSTM
    }

    static PTuningConfig read(Fields f) {
        Encoder encoder = Encoder.valueOf(f.oneOf("encoder_reparameterization_type", List.of("MLP", "LSTM"), "MLP"));
        int layers = f.integer("encoder_num_layers", LAYERS, 1, 64);
        double dropout = f.number("encoder_dropout", 0, x -> x >= 0 && x < 1, "from 0 to below 1");
        if (encoder == Encoder.MLP && layers != LAYERS) {
            onlyLstm(f, "encoder_num_layers");
        }
        if (dropout > 0 && encoder == Encoder.MLP) {
            onlyLstm(f, "encoder_dropout");
        }
        if (dropout > 0 && encoder == Encoder.LSTM && layers == 1) {
            f.error(
                    "encoder_dropout",
                    "%s is %s, but acts between the LSTM's layers, and encoder_num_layers is 1; leave it out, or take more layers"
                            .formatted(f.param("encoder_dropout"), f.raw("encoder_dropout")));
        }
        return new PTuningConfig(
                f.integer("num_virtual_tokens", 20, 1, 65_536),
                encoder,
                f.integer("encoder_hidden_size", 1, WIDEST),
                layers,
                dropout);
    }

    private static void onlyLstm(Fields f, String name) {
        f.error(
                name,
                "%s is %s, but encoder_reparameterization_type is MLP, which has none; leave it out, or take LSTM"
                        .formatted(f.param(name), f.raw(name)));
    }
}
