package io.tenfold.method.partial;

import io.tenfold.job.ErrorCode;
import io.tenfold.job.JobException;
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

    /**
     * Sorts the chosen weights by layer.
     *
     * @param chosen in the network's order
     * @throws JobException bad_request where there is nothing to free one after another, or where a part was asked for that
     *     some layer of is never reached
     */
    static GradualUnfreezing of(PartialConfig config, Parameters chosen, Network network, StepPlan plan) {
        Map<Integer, List<Parameter>> byLayer = new TreeMap<>(Comparator.reverseOrder());
        List<Parameter> above = new ArrayList<>();
        for (Parameter parameter : chosen) {
            int layer = LayerNumber.of(parameter, network);
            (layer == network.layers() ? above : byLayer.computeIfAbsent(layer, _ -> new ArrayList<>())).add(parameter);
        }
        long epochs = Math.ceilDiv(plan.totalSteps(), plan.stepsPerEpoch());
        if (byLayer.size() < 2) {
            throw refused("needs two layers or more to free one after another, but the options choose %d; choose more"
                    .formatted(byLayer.size()));
        }
        if (config.namesAPart() && byLayer.size() > epochs) {
            throw refused(unreached(byLayer.size(), epochs));
        }
        List<Parameters> layers =
                byLayer.values().stream().limit(epochs).map(Parameters::new).toList();
        Parameters trained = new Parameters(above);
        layers.forEach(trained::addAll);
        return new GradualUnfreezing(layers, trained, plan.stepsPerEpoch());
    }

    /** What to say of more layers than epochs. */
    static String unreached(int layers, long epochs) {
        return "frees one layer each epoch, but %d are chosen and training has %d epochs, so that the lowest would never be trained; give %d epochs, choose fewer layers"
                .formatted(layers, epochs, layers);
    }

    private static JobException refused(String what) {
        return new JobException(
                ErrorCode.BAD_REQUEST,
                "method.gradual_unfreezing",
                "method.gradual_unfreezing %s, or leave it out".formatted(what));
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
