package io.tenfold.model.decoder;

import ai.djl.ndarray.NDArray;
import io.tenfold.model.HeadSpec;
import io.tenfold.model.ModelHooks;
import io.tenfold.model.common.Head;
import io.tenfold.model.common.Linear;
import io.tenfold.model.common.Weights;
import java.util.List;

/** Classes, or a number, of a row: one layer without a bias on the row's last token. */
final class ScoreHead implements Head {

    private final String name;
    private final Linear score;

    ScoreHead(String prefix, int hidden, HeadSpec spec, Weights weights, ModelHooks hooks) {
        name = prefix + "score";
        score = Linear.headWithoutBias(weights, hooks, name, hidden, spec.outputs());
    }

    @Override
    public NDArray logits(NDArray last, boolean training) {
        return score.apply(last, training);
    }

    @Override
    public List<String> modules() {
        return List.of(name);
    }
}
