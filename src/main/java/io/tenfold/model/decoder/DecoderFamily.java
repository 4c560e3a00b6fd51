package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.common.Blueprint;
import io.tenfold.model.common.ModelFamily;
import io.tenfold.model.common.Weights;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What one family of decoders has of its own: its config, its names, its layers. */
interface DecoderFamily extends ModelFamily {

    /** Reads {@code config.json}; {@code dropout} replaces every rate where it is not null. */
    DecoderConfig config(JsonNode json, @Nullable Double dropout);

    DecoderInput input(DecoderConfig config, Weights weights, ModelHooks hooks);

    /** @param rotary null where positions are learned */
    DecoderLayer layer(DecoderConfig config, int number, @Nullable Rotary rotary, Weights weights, ModelHooks hooks);

    /** The norm behind the last layer. */
    UnaryOperator<NDArray> end(DecoderConfig config, Weights weights);

    /** The name of the classifier of tokens. */
    default String tokenClassifier() {
        return "score";
    }

    /** {@code eos_token_id} where the config has none; -1 for none. */
    int endOfText();

    @Override
    default Blueprint blueprint(ObjectNode json, @Nullable Double dropout) {
        return new DecoderBlueprint(this, config(json, dropout), json);
    }

    @Override
    default String className(HeadSpec spec) {
        return className()
                + switch (spec.kind()) {
                    case CLASSES, NUMBER -> "ForSequenceClassification";
                    case TOKENS -> "ForTokenClassification";
                    case VOCABULARY, VOCABULARY_OR_NEW -> "ForCausalLM";
                };
    }

    /** Transformers finds a row's last token by the padding after it, and refuses batches without one. */
    @Override
    default void complete(ObjectNode saved, HeadSpec spec) {
        boolean ofRows = spec.kind() == HeadSpec.Kind.CLASSES || spec.kind() == HeadSpec.Kind.NUMBER;
        if (!ofRows || saved.path("pad_token_id").isNumber()) {
            return;
        }
        JsonNode end = saved.path("eos_token_id");
        int id = (end.isArray() ? end.path(0) : end).asInt(endOfText());
        if (id >= 0) {
            saved.put("pad_token_id", id);
        }
    }
}
