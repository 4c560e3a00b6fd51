package io.tenfold.model.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.common.Blueprint;
import io.tenfold.model.common.Head;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.ModelFamily;
import io.tenfold.model.common.Weights;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one family of encoders has of its own: its config, its names, its head. */
interface Family extends ModelFamily {

    /** The names of a layer's modules, in full. */
    record LayerNames(
            String query,
            String key,
            String value,
            String attentionOutput,
            String attentionNorm,
            String intermediate,
            String output,
            String outputNorm,
            String attentionSublayer,
            String feedForwardSublayer) {}

    @Override
    default String prefix() {
        return modelType() + ".";
    }

    @Override
    default String className(HeadSpec spec) {
        return className()
                + switch (spec.kind()) {
                    case CLASSES, NUMBER -> "ForSequenceClassification";
                    case TOKENS -> "ForTokenClassification";
                    case VOCABULARY, VOCABULARY_OR_NEW -> "ForMaskedLM";
                };
    }

    @Override
    default Blueprint blueprint(ObjectNode json, @Nullable Double dropout) {
        return new EncoderBlueprint(this, config(json, dropout), json);
    }

    /** Reads {@code config.json}; {@code dropout} replaces every rate where it is not null. */
    EncoderConfig config(JsonNode json, @Nullable Double dropout);

    LayerNames layer(int number);

    /**
     * Makes the head for classes, or a number, of a row.
     *
     * @param prefix of the names of the parameters that it has for itself; empty as in Transformers
     * @param shared layers that several heads of a network share, by name
     */
    Head head(
            EncoderConfig config,
            HeadSpec spec,
            String prefix,
            Map<String, Linear> shared,
            Weights weights,
            ModelHooks hooks);

    /** The dropout before the classifier of tokens; the row classifier's own in most families. */
    default double tokenDropout(EncoderConfig config) {
        return config.classifierDropout();
    }

    /** What its masked-LM head is made of. */
    MaskedLmHead.Parts maskedLm(EncoderConfig config);
}
