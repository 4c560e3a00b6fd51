package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.tenfold.model.Generation;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.common.Head;
import io.tenfold.model.common.TransformerNetwork;
import io.tenfold.model.common.Weights;
import io.tenfold.tensor.TensorException;
import io.tenfold.tensor.TokenRows;
import java.util.Map;

/** A decoder with its heads: beside what every network does it writes on from prompts. */
final class DecoderNetwork extends TransformerNetwork {

    private final DecoderParts parts;

    DecoderNetwork(
            NDManager manager,
            DecoderBlueprint blueprint,
            DecoderParts parts,
            Map<String, HeadSpec> specs,
            Map<String, Head> heads,
            Weights weights,
            ModelHooks hooks) {
        super(manager, blueprint, blueprint.json(), parts.body(), specs, heads, weights, hooks);
        this.parts = parts;
    }

    DecoderParts parts() {
        return parts;
    }

    /** A manager for a generation. */
    NDManager scope() {
        return manager().newSubManager();
    }

    /** The first hidden states of rows, [tokens, hidden], with their virtual tokens. */
    NDArray first(TokenRows prompts) {
        return embedded(prompts);
    }

    @Override
    public boolean tied() {
        return parts.config().tied() && heads().values().stream().anyMatch(HeadSpec::vocabulary);
    }

    @Override
    public Generation start(TokenRows prompts, int capacity) {
        if (heads().values().stream().noneMatch(HeadSpec::vocabulary)) {
            throw new IllegalStateException("the network has no language head to write with");
        }
        if (capacity < prompts.maxLength()) {
            throw new TensorException("a prompt has %d tokens, but rows are to have room for %d"
                    .formatted(prompts.maxLength(), capacity));
        }
        if (capacity + virtualTokens() > maxPositions()) {
            throw new TensorException("rows are to have %d positions, but the model has %d"
                    .formatted(capacity + virtualTokens(), maxPositions()));
        }
        return CachedGeneration.start(this, prompts, capacity);
    }
}
