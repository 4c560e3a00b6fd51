package io.tenfold.model.encoder;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.common.Blueprint;
import io.tenfold.model.common.Body;
import io.tenfold.model.common.Head;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.ModelSizes;
import io.tenfold.model.common.TokenHead;
import io.tenfold.model.common.TransformerNetwork;
import io.tenfold.model.common.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** An encoder as its {@code config.json} describes it. */
record EncoderBlueprint(Family family, EncoderConfig config, ObjectNode json) implements Blueprint {

    @Override
    public ModelSizes sizes() {
        return new ModelSizes(
                config.vocabulary(),
                config.types(),
                config.layers(),
                config.hidden(),
                config.heads(),
                config.heads(),
                config.hidden(),
                config.positions() - config.firstPosition());
    }

    @Override
    public double initializerRange() {
        return config.initializerRange();
    }

    @Override
    public Network network(NDManager manager, Map<String, HeadSpec> specs, Weights weights, ModelHooks hooks) {
        Embeddings embeddings = new Embeddings(config, family.prefix(), weights, hooks);
        List<EncoderLayer> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(new EncoderLayer(config, family.layer(layer), layer, weights, hooks));
        }
        Body body = new Body(embeddings, layers, UnaryOperator.identity(), Body.Read.FIRST);
        Map<String, Linear> shared = new HashMap<>();
        Map<String, Head> heads = new LinkedHashMap<>();
        specs.forEach((name, spec) -> heads.put(name, head(name, spec, shared, weights, hooks)));
        return new TransformerNetwork(manager, this, json, body, specs, heads, weights, hooks);
    }

    private Head head(String name, HeadSpec spec, Map<String, Linear> shared, Weights weights, ModelHooks hooks) {
        String prefix = TransformerNetwork.headPrefix(name);
        return switch (spec.kind()) {
            case CLASSES, NUMBER -> family.head(config, spec, prefix, shared, weights, hooks);
            case TOKENS ->
                new TokenHead(
                        prefix + "classifier", config.hidden(), family.tokenDropout(config), spec, weights, hooks);
            case VOCABULARY, VOCABULARY_OR_NEW ->
                new MaskedLmHead(
                        family.maskedLm(config),
                        config,
                        family.prefix() + "embeddings.word_embeddings.weight",
                        json.path("tie_word_embeddings").asBoolean(true),
                        spec.kind() == HeadSpec.Kind.VOCABULARY_OR_NEW,
                        weights,
                        hooks);
        };
    }
}
