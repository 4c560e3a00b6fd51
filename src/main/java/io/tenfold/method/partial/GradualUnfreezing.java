package io.tenfold.method.partial;

import io.tenfold.model.Network;
import io.tenfold.tensor.Parameter;
import io.tenfold.tensor.Parameters;
import io.tenfold.train.LayerNumber;
import io.tenfold.train.LoopHooks;
import io.tenfold.train.StepPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gradual unfreezing (Howard and Ruder 2018, arXiv:1801.06146, section 3.3): the last layer first, one more layer each
 * epoch.
 *
 * <p>Of the weights that the other options choose, those above the layers (head, pooler) are trained from the first step.
 * The rest is sorted by layer; the embeddings count as the lowest. In epoch e (from 1) the e highest of these layers are
 * trained, the others are frozen. A layer that no epoch reaches is not trained at all and not counted. A layer that is freed
 * has had no gradient before, so that Adam begins with it as with a new one, its correction for the first steps included;
 * learning rate and schedule go on as for all.
 */
final class GradualUnfreezing implements LoopHooks {

    private final List<Parameters> layers;
    private final Parameters trained;
    private final long stepsPerEpoch;

    private GradualUnfreezing(List<Parameters> layers, Parameters trained, long stepsPerEpoch) {
        this.layers = layers;
        this.trained = trained;
        this.stepsPerEpoch = stepsPerEpoch;
    }

    /** @param chosen in the network's order */
    static GradualUnfreezing of(Parameters chosen, Network network, StepPlan plan) {
        Map<Integer, List<Parameter>> byLayer = new TreeMap<>(Comparator.reverseOrder());
        List<Parameter> above = new ArrayList<>();
        for (Parameter parameter : chosen) {
            int layer = LayerNumber.of(parameter, network);
            (layer == network.layers() ? above : byLayer.computeIfAbsent(layer, _ -> new ArrayList<>())).add(parameter);
        }
        List<Parameters> layers = byLayer.values().stream()
                .limit(Math.ceilDiv(plan.totalSteps(), plan.stepsPerEpoch()))
                .map(Parameters::new)
                .toList();
        Parameters trained = new Parameters(above);
        layers.forEach(trained::addAll);
        return new GradualUnfreezing(layers, trained, plan.stepsPerEpoch());
    }

    /** All that some epoch trains. */
    Parameters trained() {
        return trained;
    }

    @Override
    public void beforeStep(long step, long totalSteps) {
        long epoch = (step - 1) / stepsPerEpoch;
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).trainable(i <= epoch);
        }
    }
}
