package io.tenfold.model.decoder;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.Network;
import io.tenfold.model.PrefixOp;
import io.tenfold.model.common.Blueprint;
import io.tenfold.model.common.Body;
import io.tenfold.model.common.Head;
import io.tenfold.model.common.ModelSizes;
import io.tenfold.model.common.TokenHead;
import io.tenfold.model.common.TransformerNetwork;
import io.tenfold.model.common.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A decoder as its {@code config.json} describes it. */
record DecoderBlueprint(DecoderFamily family, DecoderConfig config, ObjectNode json) implements Blueprint {

    @Override
    public ModelSizes sizes() {
        return new ModelSizes(
                config.vocabulary(),
                0,
                config.layers(),
                config.hidden(),
                config.heads(),
                config.keyHeads(),
                config.keyWidth(),
                config.maxPositions());
    }

    @Override
    public double initializerRange() {
        return config.initializerRange();
    }

    @Override
    public Network network(NDManager manager, Map<String, HeadSpec> specs, Weights weights, ModelHooks hooks) {
        DecoderInput input = family.input(config, weights, hooks);
        Rotary rotary = rotary(manager, hooks);
        List<DecoderLayer> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(family.layer(config, layer, rotary, weights, hooks));
        }
        Body body = new Body(input, layers, family.end(config, weights), Body.Read.LAST);
        Map<String, Head> heads = new LinkedHashMap<>();
        specs.forEach((name, spec) -> heads.put(name, head(name, spec, input, weights, hooks)));
        return new DecoderNetwork(
                manager, this, new DecoderParts(config, input, layers, body), specs, heads, weights, hooks);
    }

    private @Nullable Rotary rotary(NDManager manager, ModelHooks hooks) {
        RotaryConfig rotary = config.rotary();
        if (rotary == null) {
            return null;
        }
        PrefixOp prefix = hooks.prefix(0);
        return new Rotary(rotary, manager, prefix == null ? 0 : prefix.virtualTokens());
    }

    private Head head(String name, HeadSpec spec, DecoderInput input, Weights weights, ModelHooks hooks) {
        String prefix = TransformerNetwork.headPrefix(name);
        return switch (spec.kind()) {
            case CLASSES, NUMBER -> new ScoreHead(prefix, config.hidden(), spec, weights, hooks);
            case TOKENS ->
                new TokenHead(
                        prefix + family.tokenClassifier(),
                        config.hidden(),
                        config.dropouts().tokens(),
                        spec,
                        weights,
                        hooks);
            case VOCABULARY, VOCABULARY_OR_NEW ->
                CausalLmHead.of(config, input.words(), spec.kind() == HeadSpec.Kind.VOCABULARY_OR_NEW, weights);
        };
    }
}
